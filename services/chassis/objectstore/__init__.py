"""Object storage behind one contract.

`contract` says what services may ask for, `config` where the store is, `stores.open_store` makes
the driver, `front` is our own S3 server.
"""
