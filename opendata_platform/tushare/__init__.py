"""Tushare: the client, one declaration per API, and the tables that are built from what the APIs answer."""
