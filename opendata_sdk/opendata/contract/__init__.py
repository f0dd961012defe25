"""The storage contract: ids, versions, keys, metadata, schemas and records.

Pure data and rules, no I/O. Everything that names or describes an object in a store is defined here once and used by
the protocol, the SDK and the platform alike.
"""
