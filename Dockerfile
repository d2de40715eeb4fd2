# assetgen in a small image that runs as nobody in particular.
#
#   docker build -t assetgen .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" assetgen plan
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/work" -e OPENAI_API_KEY assetgen build

FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY assetgen assetgen
COPY schemas schemas
COPY examples/ci examples/ci
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim
# `assetgen diff` and `assetgen cache gc` read the repository's history.
RUN apt-get update \
 && apt-get install -y --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && git config --system --add safe.directory /work
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    python -m pip install --no-cache-dir --no-compile --disable-pip-version-check /wheels/*.whl
RUN useradd --uid 10001 --create-home assetgen \
 && install -d -o assetgen -g assetgen /work
ENV PYTHONDONTWRITEBYTECODE=1
USER assetgen
WORKDIR /work
VOLUME /work
HEALTHCHECK NONE
ENTRYPOINT ["assetgen"]
CMD ["--help"]
