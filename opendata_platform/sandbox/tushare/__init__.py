"""Tushare in the sandbox: the vendor's protocol over a made-up market of full size, or over recorded days."""
