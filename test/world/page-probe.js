// Runs in the page before its own scripts: keeps the call's peer connection at hand, measures what is heard, notes what
// is said to screen readers.
(() => {
  const FFT = 16_384;
  /** @type {RTCPeerConnection[]} */
  const connections = [];

  const NativeConnection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends NativeConnection {
    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration);
      connections.push(this);
    }
  };

  // Noise suppression takes a steady tone for noise: the measured microphone is passed on as it is.
  const devices = navigator.mediaDevices;
  if (devices !== undefined) {
    const getUserMedia = devices.getUserMedia.bind(devices);
    devices.getUserMedia = (constraints) => {
      const raw = { autoGainControl: false, echoCancellation: false, noiseSuppression: false };
      const audio = typeof constraints?.audio === 'object' ? { ...constraints.audio, ...raw } : raw;
      return getUserMedia(constraints?.audio ? { ...constraints, audio } : constraints);
    };
  }

  /** @type {AudioContext | undefined} */
  let context;
  /** @type {WeakMap<MediaStreamTrack, AnalyserNode>} */
  const analysers = new WeakMap();

  function current() {
    const connection = connections.at(-1);
    if (connection === undefined) throw new Error('the page has made no peer connection');
    return connection;
  }

  /** @param {'local' | 'remote'} side */
  function analyserOf(side) {
    const holders = side === 'remote' ? current().getReceivers() : current().getSenders();
    const track = holders.map((holder) => holder.track).find((candidate) => candidate?.kind === 'audio');
    if (!track) return undefined;
    context ??= new AudioContext({ sampleRate: 48_000 });
    void context.resume();
    let analyser = analysers.get(track);
    if (analyser === undefined) {
      analyser = new AnalyserNode(context, { fftSize: FFT, smoothingTimeConstant: 0 });
      context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      analysers.set(track, analyser);
    }
    return { analyser, rate: context.sampleRate };
  }

  /** The strongest frequency (Hz, between bins by a parabola) and the level (dBFS) of the last third of a second. */
  function look(side) {
    const found = analyserOf(side);
    if (found === undefined) return { hz: 0, dbfs: -200 };
    const { analyser, rate } = found;
    const samples = new Float32Array(FFT);
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / FFT;
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    let best = 2;
    for (let bin = 3; bin < bins.length - 1; bin++) if (bins[bin] > bins[best]) best = bin;
    const [a, b, c] = [bins[best - 1], bins[best], bins[best + 1]];
    const shift = a + c - 2 * b === 0 ? 0 : (a - c) / (2 * (a + c - 2 * b));
    const dbfs = power > 0 ? 10 * Math.log10(power) : -200;
    return { hz: dbfs < -60 ? 0 : ((best + shift) * rate) / FFT, dbfs };
  }

  /** When something louder than −50 dBFS came from the far side, ms since the epoch; undefined when nothing does. */
  async function firstSound(timeoutMs) {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      // Until the call has a connection of its own, the last one is that of the call before.
      const isLive = (connections.at(-1)?.connectionState ?? 'closed') !== 'closed';
      if (isLive && loudness('remote') > 0.003) return Date.now();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return undefined;
  }

  const buffer = new Float32Array(512);

  /** Amplitude of the last hundredth of a second. */
  function loudness(side) {
    const found = analyserOf(side);
    if (found === undefined) return 0;
    found.analyser.getFloatTimeDomainData(buffer);
    return Math.sqrt(buffer.reduce((sum, sample) => sum + sample * sample, 0) / buffer.length);
  }

  /** Amplitude of both sides every 5 ms for `ms` milliseconds: where one follows the other, the lag is the round trip. */
  async function envelopes(ms) {
    const rows = [];
    const start = performance.now();
    while (performance.now() - start < ms) {
      rows.push({ t: performance.now() - start, local: loudness('local'), remote: loudness('remote') });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return rows;
  }

  /** Gives an answer to an offer of this browser, made as matrix-js-sdk makes it; tells what came of it. */
  async function applyAnswer(sdp) {
    const connection = new NativeConnection({ bundlePolicy: 'max-bundle' });
    const stream = await devices.getUserMedia({ audio: true });
    for (const track of stream.getTracks()) connection.addTrack(track, stream);
    let audioTracks = 0;
    connection.addEventListener('track', () => {
      audioTracks++;
    });
    try {
      await connection.setLocalDescription();
      await connection.setRemoteDescription({ type: 'answer', sdp });
      const [transceiver] = connection.getTransceivers();
      const codecs = transceiver.sender
        .getParameters()
        .codecs.map(({ mimeType, clockRate }) => `${mimeType}/${clockRate}`);
      return { direction: transceiver.currentDirection, audioTracks, codecs };
    } finally {
      connection.close();
      for (const track of stream.getTracks()) track.stop();
    }
  }

  /** From now on the user refuses the microphone. */
  function refuseMicrophone() {
    devices.getUserMedia = async () => {
      throw new DOMException('refused by the test', 'NotAllowedError');
    };
  }

  /** What a live region has said. @type {string[]} */
  const said = [];
  function listenToLiveRegion(id) {
    const region = document.getElementById(id);
    new MutationObserver(() => said.push(region.textContent)).observe(region, { childList: true });
  }

  window.trunklineProbe = {
    connections,
    current,
    look,
    firstSound,
    envelopes,
    applyAnswer,
    said,
    listenToLiveRegion,
    refuseMicrophone,
  };
})();
