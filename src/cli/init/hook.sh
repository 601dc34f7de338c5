#!/bin/sh
# Reads what is staged, and refuses the commit where a key leaks or cannot work. `git commit --no-verify` passes it by.
exec keylint check --staged
