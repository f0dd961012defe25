"""The tables that are built from the APIs' answers, one file each; every file defines `TABLE`."""
