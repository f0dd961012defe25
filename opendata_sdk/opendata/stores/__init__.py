"""Store operations over a local folder, an S3 bucket and https, and the driver that runs the protocol over them."""
