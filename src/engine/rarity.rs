//! How common each pair of ASCII characters is in source code: what the prefilter picks its literals by.

/// `PAIRS[a][b]` for printable `a`, `b` counted from the blank: the pair's number of occurrences among 2^26 pairs as
/// 1.5·log2, rounded, one base-36 digit.
///
/// Counted over every fifth file of the Linux 6.1 source, 19 large Python packages and 300 npm packages (3.6·10^9 pairs).
#[rustfmt::skip]
const PAIRS: [&[u8; 95]; 95] = [
    b"ykqljlnnqlrmdokoqomllkkjkimhnrljlomnmmmmkoijmmnmninoollliihmkienmrpqqpqnnrjloppqpkqrroookkiqnoh",
    b"eec58338g9948b8dff32233313a78k365b7976557c457889b9997867777cd66b8edffedcdf7adeedfafgfcdba674455",
    b"ldmfiidefmcfpfihiiheedfdddokdgfdejhjiihhfhddhihgichjiifeccbeikdhekikkikihkdfjkjijfklkijggcbhfj8",
    b"mdbl79388652eabcedbcb9b8b8b42555286989977763877994898674456a775e6e9dojcb8l67aabac8cfad98c676462",
    b"e6e6c57ag95488acfgeddcb9a953685bbfeffddgae88hdaehahfecbba7dcb7898b9cccd9bcf8acdac6eddd99654i953",
    b"g2ac2d49ga839bb7gdda9a7695590822265667338501788349586742ab2a66577dabjedc8c5af97df6fj9f69hdd72b0",
    b"mcc983l8gc43ba95c986516432942ga0097a777657648779967879775679da2e6hgiigggfhadfhfgjehihfged8a7524",
    b"j8ecfdaibka9lcigcedaa9ed88jia9cabdbdccbdac98bccbe8cddbaa999agj9dchfhhghfggabfghfhchkjfgdcabe9f6",
    b"ikmbegljknjb9hfflkihggfffeic987eeihihfggfidfehgfhegigffefbaig45iglkmllkikmfijkkkmgmomklijeei72b",
    b"pbg6b7fdjnfdohlfa741312021mqbgff675545555606467894676c44413fjh8cgcccebb8bd4dabbad7fgeab7854jej5",
    b"qbcda64agio8gfdobbebb9a7a6b69ee89abaa99a9bb77aa7b6abb897866dfa3daiijjhhfhiahgihhkeijifhffcbab92",
    b"l2e49769ci6jdg8fiebaa887877g4i474aecba9889666878b77a76767677cd067aaaac989da999dac7cbc998c774890",
    b"scl8fgabee6ddddbkiiggfgfge76a0326cbmclbjak9jbjbjcicibiahag8gj86d9heififgehbgfhhhgfiijgefcfah5e3",
    b"n3c6fc3bccff9pf9jljihggfhg6d8gq75dcfekcbbh99hdbbd9deebccb8cbea2a8jikiiiggideijiijcikigggddeab62",
    b"n5jcec5ecfdag8mklkjijjiiii8aa6a66geggeefgfacgffefbghjeeca8dahe5lcljmlkllmlihklkkmflmljjiggea782",
    b"n7eecc7ffgoefbhnefgedcdbcbbcbdf7aeeefccccd9afdbed9efcbac877dfbcfbjhkjhgigjdfijhhjchjihhhe9bh777",
    b"ncj74dbffmceojlfqmlkljjjkjilafib8fgfefgdcebchedbc9acbfc8ddechk7nchhhhhibceaecdb8c8adcebaqcd6dh6",
    b"m9j778agflbamilgnlmkklmkkkhjedg98efffegcad9bfddabaecceb9eccdhj3mchhhghhbeabcebc8facdaddbf9b8bg3",
    b"m6i7669eikealilemkkkkljjkjhhecf87fghfefddeacffecf9efdefaeceehibmchgjgggcecaceebbeacgdcdbh9b5ae2",
    b"k4i6066dejc9khjdkjnjjjjjjiff9ad67efffde9add8eeebbcebbbe9eabcgh2lagghhhhcbb9acbabc8aca9cae9a48d0",
    b"l4h5267dgjc9lhjdljjkkjijjifg8ee55dgfddcbbe8dhdbcb8bbbdbafb9cgg1lbfgggggcdd9bgcacc78faccagde48e2",
    b"k3g5096cdia9kgickjjiijliiife8ac67beeddbeab9cdddac89abba7ca9dgf0k8ffgfggbdabdecd9dcabaac9d7d27b1",
    b"k4i4158cgiaakhjckijimjjijief7fc56dfeccbcaa7aab779dabbda7d79agf1kaffgfgfbcb8accaabaac9bc8f8b68c1",
    b"i2g2055baha9jgibjjjiijjijied79b34ceeedeb9988aa897b89db87d778ge3i6ffgfgg9ab87ba78978a8999d7957c0",
    b"l0g5167cfiaakhiblijijiiijjefdcd55efecdcbba8ccf979a8aadb9e87bgf0jagggfgfafc8cccb9ba9bace8gbc48c2",
    b"i4f40649ag88jfhajjjiiijiijdc47a34dedcbb98c79a978b7789ab7a687ge1i6ffgeff9baacab98b88bbebbbeb46a1",
    b"rekcbe8bf9b5edajiheeddbacao69d455hdgfeecbg98fgehe9fhhefaa8ahgf5dfgehfggiei9dhkgfidgiiffce87i627",
    b"l7f7636abc8a577a8675d170618j89003j4e4e4d4j4d4c4f7i6c695d5i14i5088ddfbffg9g58ebcfa9gffafe78563a0",
    b"laa689iaa4324b7gihfedcbbcah0kgd84eceedcfcd7bcdbcf8ghhbba8378a3096gdfgcdddfcbjeebe7dhhee9dcab801",
    b"rek3dg8hhad88f9dhheddcb9aa628pk53c9baag89a989bgca9acha98987gd62dbgdghhgddgacfghfgahhieeccfag5a9",
    b"m8e279eaigc5ibcccb97655263flfhk43bbcd9acbb56acbbc4ccbbba554be93bdijklijhijbfjjjhkfkkjhigdbag8c3",
    b"jae69219db4257f89854332120l57a7f2644343334423667c3465324401ab836aa798c978a5587c985aac9c6850a820",
    b"d394580797223458cdcbcb9aa8634000e95777644a9567a4747764644027573c4feggfeddfabfeeej9gggbdba77a161",
    b"k6f4247bef8djeecihhgheggffch6h963pkomlhleldjmmljlimnnkhjjjecbb4l8gfjjgfichbgjikfifkikjfhfff2890",
    b"i2e2044aee79lcdbggfffdccdcci4a841mgififgdleckheijfhhhlbfeh9aab0l6jabai9eehbchbajc9hdbjddbib2690",
    b"j3f4275bhh6cmddfiiihhgfgegdk8ba43nhkilkglkeklkjmkfkkmjgcgfdbbd1n7lebefddkffbkdfngaieghfdfdf38a0",
    b"k7f6357bih78kdfbgggfedddddfhbcc50likjnggflcehlgjjgkjiigfjgaacd2nbjbd8m9eckbb99dibafecf9caf848b0",
    b"l6f6046ckiaalefbhhggeedefdgi5ed63milljklejeclknijjnmmglfkhd9be4oafabgaeddec9hhk9eekeedjckdd29b0",
    b"i3c10659ff67icc9hhgfeedceddg69a60jhihjljblcajhhjicikkjcggeb6bb3m7k89bg8acldcibekb9iebi8cbdc36a0",
    b"h5d27049hf77jbdafgffdeabbeeh3aa40lihelifiidahhiflbjigggbbbe79b2n8hbbckbdee89ha9hd7i9bf8de892780",
    b"h1bc043aee65ibb8dfedcbcc9add1ae31khghkecclfcefgigdhgigfh7if77a2k7i78di8abg7cfa8ha69ade7b9ce2670",
    b"j4c3645afeabkcfeegieeccbcece3e952milmkmmihadjkomkfklmejfi8jb8a1l6d8fkdjfadc9bimcd8ahidacbcb3660",
    b"a08000249825f696bc987b88779c07110ebbcfba8c899d9ddacgbc8cb7a2160d2e876b79edcaf89fd78e9dd9ccf0240",
    b"k2d41058hg58j8c8ceedcaa9b8dg2ab40jefejcdch79deedg9cgfeeb9b798d1l8c9b7j899g88aabc88aa8b8d8970760",
    b"k3f0844aii87jhdbfhigedccebej7d861lhijmefbl8kmhelhcgikigeggab9c3n9i9a9iaacmhacdck87accdababa27c0",
    b"i4d1244agf69jceafgggefebhceh5ga42oikjlfffl9cijfkkdgkjjffid998c1m7lbc8k8dcjfabcckb99ddhadbgf2660",
    b"j3e4307ajh77hbeaggfedccbbbef6be73kflllkkdkbhihilhbgknljcgg899d3mak889i8beff8fb9md7bdaifbafe3790",
    b"ibdaa99che58jbc9egedcbbbbbeg7ba63kjllgkhdgagkknikcmjkkijfcba7a5l7ajcb8iaab8ccei9l9kceiff899588a",
    b"j9d8768ahf77gbdbghhfeeccecefcba53lhljljhjmbgljfljdljkkfhgg9a9b0m8m898i8begbeh79j87mceheb9g83773",
    b"f8a85669ed58h8e8edfccab999be3i040kcfegdcbe9aghcdeecfdibdcb97685j599baa8e898b9b9ca89cci9d9aa3550",
    b"k5e7466ajh77hcdchhgfeedbedef6bb52mjkkniidlahkjjliiljliifjib99d4n9j9b9o9befabfbbjf77dbidcedc5890",
    b"k6g7677bhh8cidhegggggedcdafg4d963kjlkngillclijiklgklnjghdjeb9e1nai9k9m9bij8egeejiccbmibg9i94893",
    b"l7f7669ekib8jdeaghgffgeeedfh8dg53mgjhnhfkmagkiflkfmkjkfgjkcbae0oaj9eakadmj7cac8kb6lccfadel758a0",
    b"i4a73769cc59hbc8dfeebbdad8ae4f940jihijjici99mjldkaklldgaib96680k598aa77d8d8abbj9i8iiddabaaa3440",
    b"g5a43358ed67f9b8gggeheecc9ae89a40jghhlhfdjacgidghbggfdbaec86691k6k7aai78chddccafc6adcf8bafe3570",
    b"g4a55557dd67haa8cebacg98ddbd19c11keffhfbeidbgihgfejiddebefb6690j5h79di79hj78d88g86h9a87de972550",
    b"j9d8577aff88ghdbefgedgfcgbcd5b851ffhghgechf8ggfeidgfiec9hdcaad3m98a9ca89ab6ada99c7799a788760988",
    b"i6c4676aef77hbc9edgec98aaacf3c751jdfbeabbd88cghdjcdigdchgdab7a0l8b68ab9d8d977dcg78a9cd8cacd1680",
    b"d7b65848cd66e899bbeba787a98c07320faccjcebb88aa8d9fadca9ggbd76a0f5c777e6adab8debge69a78cd6d91360",
    b"gakbaebje4c99fddkjhgfeeddcf586558fefeddebe8adeecebefebbba68hekfdefegffecdjeheegffbfigddad99e417",
    b"b4j5a64bcca89dfgd877120000b555878316440532003341403bc416b05agb6cdacad8b65a04a9o7b4efhl8ak039af3",
    b"mae5849bhkddmdjc4100002300hk7fdc410423202000050716131001210hgi6be22452220500243840454011300bdg0",
    b"d6878637b65258688ab9767765e45a23452422235700133834359503400ab4e55655543548163564515842724419632",
    b"i8ed9abcihe7hch8jljiihhfhfdg8ab64nmonnmllngimollojnonklkiffe9b0oconponnmmpiknonnpjopommmifgcaa5",
    b"k7e9f99cdg97ibidbb98866555edb687adaccbcb8b69bbdbc8cdebc8976cee7dlfefeffecfdbeffdfaehgedcbaab69b",
    b"o8i8i7afjkfckkjghijgffgggfihdgdcahdfedfebc8adeecebefebchf87hgc6mdhoqphkohoflrqqeofrqsnlkmni79d6",
    b"j5g5467dhia9jiihhghhgffegffg5ca89eadcbbgdc77aacbccceba9fc76fgb3maohijoiigmmdpiinjdlliodfela78b0",
    b"o9h9699ejjabkkjhihihhfgfgfihagcachceeedfde8addcefaefdbcbb77ffd2ncpjmjqjhqndpoljrmholrmhghkea8b0",
    b"qcl899cimlfemkmhhhhgfgfffflkfiggbighhhghfhadghfiiciiiefge8ahjg1ofpjknsijgphdllinkfnnlniijkcacg1",
    b"tcnbi8gkonfiomojhihigfhfhfnmhljickhkijiggjcfijiijejkkghhdbbjii6piplqrnqoilghqprmnossrkpmpmgddi5",
    b"q7i7a7aelkbblimeihhggfgfgfjhffc98dacfca98d88cdbbc9cccc99a97ggd3lcohkjnnieq9cmiipifnmlmeigj869c0",
    b"o8ja76efkkdckjkhefgdccbbcbijaigdbgjhggfedhbcfhfggchggfdb9cchee3mflhigqikmn9clkmmkcmnkledcgc7be0",
    b"n8j885bejjabjikfdgfddddcbbihagkcbffgeeebfe9bdddegcegfcbc8ecedd3ldpijkrfddoaihhgnhbkjmkfk9kf79d0",
    b"l8h887acgibhijigffjefbcaegehafcbbfheedbd9fbacedcc8bef9f88bbcdj5mannqpoqpehdipotrnhoqqgnflbn39c5",
    b"h3b30357df7cffe9aab99879a7bc4b237cedceb98eaabeb98ec87d977fca8e0f7hbedmcdcgadbdbid8bkbh9ca7904a0",
    b"m7i6939ekkabkijfceeddbaac9ikggcfaehfeeecdgaadfdceaefegbcaacfdg3ncijhgohhdk8bhhiggdglhihiaee58c0",
    b"odjda6bglkfblkkhfgiffcdbeckkfhddcffhfffddgaceffggbhhgdfd9efhee2nfpmjnrnigqdlpjfqkchoookiimd7be5",
    b"n7h686afijcbjjkjeggfedecgfjgcfgabehghefccebddggdgefhfegcaacebd0ndqmklqghfocglniopehnjmghhic89c0",
    b"rcmcbadjmkedlklidhhfedededlkehfgdhgiggheehdefhhghdhihefebbcgjg6ofphpqroqgoflmimomeirrolfgkdcch4",
    b"p7g885deiidaijjgdfeddcbbbahgafcbcehgeeddcfbbeecdebegeccb8bcecc1mclnppjongnjmppsopcrnppmnjie78b0",
    b"m8i8f79fkkackklfghheedeadciidffb9fgfeedecfaddeeef9ffecda8degdd4ndpjlmqjilobhokhpnepnpohhhl9a9b0",
    b"i7c7565ahh59hif9bcda98a8a8df4c8539gdbc989b7a9888788a8777877c890k8dcgfhcacf7bheeegdghdoabb783562",
    b"qbk998dimmfdmlmhfhgfeedcedmkhihfdhgkgggefh9dggfghbhihdfea9bhgh5ogqjnnslngqallnpqkkooppmijndadf3",
    b"rbmbjbejmnffnloleghhfeeddanlgkgidhhhgggdegbdgggjiaihgdffacelhh4ohnkojrjlnqcnlkkooikpsohkhmgbcg2",
    b"sclcdaejnngenmnifiijfeighdllijhgdihkiihffjceiiiijcijjiggbccjhh3qhrjnlskhrrchlkiqmerpnphklpfddg1",
    b"k6e6388dhg89gghckifkegifjdde7da8bcfeecba8c87afgeaa8aa8b89dfbec2k8lmpmpmldmbcpopho9qppffbkbcc793",
    b"k5e6876chk79llhdfihhiehfeceh9cb79beedcb9ab89baabb9bcb9a98ccd9a0l9oijjphhgo9fhlgniehigecaebb6690",
    b"l7e6747dhhbahhjdcdcdbaa9fbgf7ha97dhfdfcaaf9affcddbdedbda8cbcbb0lbneghmedln8ciiklggljebcicca5690",
    b"l7h89g9eikedkjijnlkkkjiijighbgcbafghgfiace8dffeedbfeebcd8b7gfg8mdkikilkffk9aihdgmefhnfdbjhb69d0",
    b"o9jaf7bgljdakjkfeddbfaa9c7jhfgfechggfffcdg9cgfgfgaiggdeb7eegfg5mehhhgjccbhcbjjlkp8illcbg9bdcad1",
    b"h6e5635acf98ede9bbaac998a9ac2b957dedcda88eafefcbbc9a9b778dc9aa4f7jceendbcg8acfcib8abbf9abed7470",
    b"m9j7bb7gc3ae59c8ifcba99897817008dcacabc9ab989ccbb7cca9987569j22c5fehffeecg8cgefdf8hghcgba76i6k0",
    b"mbf6b958d6b67c97ca97554325737i814999887678336879857a7765952bd47a5a9cbba8ac679cb9b5add9a78658k55",
    b"l6i7c76fdk95ndeg6502101030em9cb8762545302230333744754234501cig7bgb8d9dfb7d33b89892ebc7b8420bbj3",
    b"a5606406d1201287d96843463220047319b9999889248a7bb89a9878702245174978756556435a6561697662300220g",
];

/// How common each printable character is, in parts of 10,000, counted from the blank; same source as [`PAIRS`].
#[rustfmt::skip]
const SINGLES: [u16; 95] = [
    1929, 5, 85, 22, 6, 5, 15, 20, 95, 75, 62, 8, 99, 76, 82, 43,
    115, 57, 45, 31, 29, 21, 24, 16, 22, 14, 70, 11, 14, 71, 33, 5,
    4, 104, 32, 75, 49, 80, 36, 30, 18, 70, 3, 13, 48, 47, 50, 48,
    52, 9, 63, 72, 73, 31, 17, 14, 14, 11, 4, 17, 18, 16, 1, 316,
    11, 372, 91, 253, 227, 670, 143, 107, 115, 386, 11, 47, 230, 151, 360, 321,
    182, 19, 342, 349, 496, 184, 70, 43, 63, 64, 12, 14, 8, 19, 1,
];

/// How often a printable `byte` stands in source code, in a part of 1.
pub(super) fn byte_frequency(byte: u8) -> f32 {
    f32::from(SINGLES.get(usize::from(byte.wrapping_sub(b' '))).copied().unwrap_or(1)) / 1e4
}

/// How often two printable bytes stand there together, in a part of 1.
pub(super) fn pair_frequency(a: u8, b: u8) -> f32 {
    (pair_commonness(a, b) as f32 / 1.5 - 26.0).exp2()
}

/// How common the text `literal` is expected to be: the larger, the more common. Comparable only between texts of one
/// length. Bytes that are not printable ASCII count as rare.
pub(super) fn commonness(literal: &[u8]) -> u32 {
    literal.windows(2).map(|pair| pair_commonness(pair[0], pair[1])).sum()
}

fn pair_commonness(a: u8, b: u8) -> u32 {
    let row = usize::from(a.wrapping_sub(b' '));
    let column = usize::from(b.wrapping_sub(b' '));
    let digit = PAIRS.get(row).and_then(|row| row.get(column)).copied().unwrap_or(b'0');
    char::from(digit).to_digit(36).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_text_is_common() {
        assert!(commonness(b"the ") > commonness(b"AIza"));
        assert!(commonness(b"tion") > commonness(b"_v1_"));
        assert_eq!(commonness("é".as_bytes()), 0);
    }
}
