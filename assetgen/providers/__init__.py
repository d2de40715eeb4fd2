"""What answers requests: the socket, and the providers that come with assetgen."""
