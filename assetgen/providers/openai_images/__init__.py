"""OpenAI's image API, and servers that speak it.

`wire` says what a request looks like (pure), `provider` sends it, `client` is the only
place that makes a connection, `answers` and `streaming` read what comes back strictly,
`failures` turns what the service and the library report into this project's errors.
Only this package imports the openai library, and only once something is asked.
"""
