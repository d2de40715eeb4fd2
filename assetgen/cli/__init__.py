"""The command line: arguments in, commands run, words and exit codes out."""
