FROM python:3.11-slim

# Another index for torch, for example PyTorch's CPU or CUDA wheels; empty means the default index.
ARG TORCH_INDEX=""

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    OMP_NUM_THREADS=1 \
    RATESCOPE_HOME=/data \
    RATESCOPE_OWNERS=browser

WORKDIR /app

COPY requirements.txt ./
RUN if [ -n "$TORCH_INDEX" ]; then pip install --index-url "$TORCH_INDEX" "$(grep '^torch==' requirements.txt)"; fi \
    && pip install -r requirements.txt

COPY app.py LICENSE ./
COPY .streamlit .streamlit
COPY words words
COPY schedulers schedulers
COPY data data
COPY training training
COPY finder finder
COPY jobs jobs
COPY figures figures
COPY ui ui

RUN python -m ui.live_chart \
    && useradd --create-home --uid 10001 ratescope \
    && mkdir -p /data \
    && chown ratescope:ratescope /data

USER ratescope
VOLUME /data
EXPOSE 8501

HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]

CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true"]
