# The operator's image: the program in a virtual environment, helm, and the instance chart.
# Build it with docker, podman or buildah; `python3 -m tests.cluster image` does so for tests.

FROM docker.io/alpine/helm:4.3.1 AS helm

FROM docker.io/library/python:3.13-slim AS build
WORKDIR /src
RUN ["python", "-m", "venv", "--without-pip", "/opt/venv"]
# The dependencies first, with a package that is empty yet: they change less often than sources.
COPY pyproject.toml README.md ./
COPY operator/mysql_operator/__init__.py operator/mysql_operator/
RUN ["pip", "--python", "/opt/venv", "install", "--no-cache-dir", "."]
COPY operator operator
RUN ["pip", "--python", "/opt/venv", "install", "--no-cache-dir", "--no-deps", "--force-reinstall", "."]

FROM docker.io/library/python:3.13-slim
COPY --from=helm /usr/bin/helm /usr/local/bin/helm
COPY --from=build /opt/venv /opt/venv
COPY charts/mysql-instance /opt/mysql-operator/charts/mysql-instance
# Only /tmp is ever written to, so the root file system can be read-only. Bytecode is there already.
ENV PATH=/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    HELM_CACHE_HOME=/tmp/helm/cache \
    HELM_CONFIG_HOME=/tmp/helm/config \
    HELM_DATA_HOME=/tmp/helm/data \
    MYSQL_OPERATOR_CHART=/opt/mysql-operator/charts/mysql-instance
# A number, because `runAsNonRoot` cannot check a name.
USER 65532:65532
ENTRYPOINT ["mysql-operator"]
CMD ["run"]
