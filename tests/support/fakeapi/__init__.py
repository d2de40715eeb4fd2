"""A stand-in for the image API that speaks real HTTP on 127.0.0.1.

Written from what the service documents, not from the program under test: it has its own
table of models and its own reading of requests, so that both cannot be wrong alike. It
checks each request as strictly as the service (and where the documents leave a choice,
more strictly), counts a charge as soon as a request was read and found valid, draws
another picture every time, and fails on demand.

    with FakeApi() as fake:
        fake.when("a cat", "reset")          # requests whose prompt has these words
        fake.next("error", status=500)       # the next request, whatever it asks
        ...                                  # requests to fake.base_url
        assert fake.posts == 2
        assert fake.charged == 1             # requests that cost money
        assert fake.requests[0].fields["size"] == "1024x1024"

`behaviours.py` lists what it does on demand. `python -m fakeapi` runs it as a process.
"""

from fakeapi.api import Charge, FakeApi, Received
from fakeapi.forms import File

__all__ = ["Charge", "FakeApi", "File", "Received"]
