# One image for worker, training worker and server; the target `gpu` adds CUDA.
# Other package registries: docker build --secret id=npmrc,src=… --secret id=pip,src=… (npm's and pip's own files).
FROM node:22.23.3-bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ python3-pip && rm -rf /var/lib/apt/lists/*
ENV CONTINUAL_CACHE=/opt/continual
WORKDIR /app
# Packages and TensorFlow change seldom: a layer of their own.
COPY package.json package-lock.json .npmrc tsconfig.json ./
COPY scripts scripts
RUN --mount=type=secret,id=npmrc --mount=type=secret,id=pip,target=/etc/pip.conf \
    NPM_CONFIG_USERCONFIG=/run/secrets/npmrc node scripts/setup.mjs --for worker
COPY . .
RUN node scripts/build.mjs

FROM node:22.23.3-bookworm-slim AS cpu
ENV CONTINUAL_CACHE=/opt/continual NODE_ENV=production TF_CPP_MIN_LOG_LEVEL=2
WORKDIR /app
COPY --from=build /opt/continual /opt/continual
COPY --from=build /app /app
USER node
CMD ["node", "dist/cli/main.js", "--help"]

# TensorFlow's GPU build with the CUDA libraries, beside each other as its own loader expects them.
FROM build AS cuda
RUN --mount=type=secret,id=pip,target=/etc/pip.conf \
    pip3 install --no-cache-dir --no-compile --only-binary=:all: --target /opt/cuda 'tensorflow[and-cuda]==2.21.0' \
 && rm -rf /opt/continual/tensorflow-*/lib && ln -s /opt/cuda/tensorflow /opt/continual/tensorflow-2.21.0-linux-x64/lib

FROM cpu AS gpu
# A link is not copied over a folder.
USER root
RUN rm -rf /opt/continual/tensorflow-2.21.0-linux-x64/lib
USER node
COPY --from=cuda /opt/cuda /opt/cuda
COPY --from=cuda /opt/continual /opt/continual
