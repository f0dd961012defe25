"""The declarations of the APIs, one file each; every file defines `API`."""
