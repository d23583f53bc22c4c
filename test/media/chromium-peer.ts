/** A real Chromium with a tone for a microphone, on an empty page, driven from tests. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { tone, writeWav } from '../world/audio.ts';

const MICROPHONE_RATE = 48_000;

/** As js-sdk does it: max-bundle, one audio track. */
const OPEN_PEER = `
        const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
        const state = (globalThis.peer = { pc, candidates: [], level: [] });
        pc.onicecandidate = (event) => state.candidates.push(event.candidate ? event.candidate.candidate : '');
        const stream = await navigator.mediaDevices.getUserMedia({
          audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
        });
        pc.addTrack(stream.getAudioTracks()[0], stream);
        pc.ontrack = (event) => {
          state.stream = event.streams[0] ?? new MediaStream([event.track]);
          state.context = new AudioContext();
          state.analyser = state.context.createAnalyser();
          state.analyser.fftSize = 8192;
          state.analyser.smoothingTimeConstant = 0;
          state.context.createMediaStreamSource(state.stream).connect(state.analyser);
          // Chromium decodes a remote stream only when an element plays it.
          state.audio = new Audio();
          state.audio.muted = true;
          state.audio.srcObject = state.stream;
          state.audio.play();
        };`;

const GATHERED = `
        while (pc.iceGatheringState !== 'complete') {
          await new Promise((resolve) => pc.addEventListener('icegatheringstatechange', resolve, { once: true }));
        }`;

export class ChromiumPeer {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #directory: string;

  /** @param microphoneHz the tone that the fake microphone plays */
  static async launch(microphoneHz: number): Promise<ChromiumPeer> {
    const directory = mkdtempSync(join(tmpdir(), 'chromium-'));
    const wav = join(directory, 'microphone.wav');
    writeWav(wav, tone(microphoneHz, 1000, 0.5, MICROPHONE_RATE), MICROPHONE_RATE);
    const context = await chromium.launchPersistentContext(join(directory, 'profile'), {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      headless: false,
      args: [
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--autoplay-policy=no-user-gesture-required',
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        `--use-file-for-fake-audio-capture=${wav}`,
      ],
    });
    const page = context.pages()[0] ?? (await context.newPage());
    // getUserMedia needs a secure context, which localhost is.
    await page.route('http://localhost/', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>peer</title>' }),
    );
    await page.goto('http://localhost/');
    return new ChromiumPeer(context, page, directory);
  }

  private constructor(context: BrowserContext, page: Page, directory: string) {
    this.#context = context;
    this.page = page;
    this.#directory = directory;
  }

  /** Makes an offer as js-sdk does: max-bundle, one audio transceiver. Candidates come by `candidates()`. */
  async offer(options: { readonly waitForCandidates: boolean }): Promise<string> {
    return (await this.page.evaluate(
      `(async (wait) => {
        ${OPEN_PEER}
        await pc.setLocalDescription(await pc.createOffer());
        const first = pc.localDescription.sdp;
        if (!wait) return first;
        ${GATHERED}
        return pc.localDescription.sdp;
      })(${options.waitForCandidates})`,
    )) as string;
  }

  /** Answers the first offer of a call, with all candidates inline. */
  async takeCall(sdp: string): Promise<string> {
    return (await this.page.evaluate(
      `(async (sdp) => {
        ${OPEN_PEER}
        await pc.setRemoteDescription({ type: 'offer', sdp });
        await pc.setLocalDescription(await pc.createAnswer());
        ${GATHERED}
        return pc.localDescription.sdp;
      })(${JSON.stringify(sdp)})`,
    )) as string;
  }

  /** A later offer: another direction, or an ICE restart. */
  async reoffer(options: { readonly direction?: string; readonly iceRestart?: boolean }): Promise<string> {
    return (await this.page.evaluate(
      `(async ({ direction, iceRestart }) => {
        const { pc } = globalThis.peer;
        globalThis.peer.candidates.length = 0;
        if (direction) pc.getTransceivers()[0].direction = direction;
        await pc.setLocalDescription(await pc.createOffer({ iceRestart }));
        return pc.localDescription.sdp;
      })(${JSON.stringify(options)})`,
    )) as string;
  }

  async accept(sdp: string): Promise<void> {
    await this.page.evaluate(
      `globalThis.peer.pc.setRemoteDescription({ type: 'answer', sdp: ${JSON.stringify(sdp)} })`,
    );
  }

  /** Takes an offer and answers it. */
  async answer(sdp: string): Promise<string> {
    return (await this.page.evaluate(
      `(async (sdp) => {
        const { pc } = globalThis.peer;
        await pc.setRemoteDescription({ type: 'offer', sdp });
        await pc.setLocalDescription(await pc.createAnswer());
        return pc.localDescription.sdp;
      })(${JSON.stringify(sdp)})`,
    )) as string;
  }

  /** Candidates gathered so far; `''` ends them. */
  async candidates(): Promise<string[]> {
    return (await this.page.evaluate('globalThis.peer.candidates')) as string[];
  }

  /** Waits in the page until the expression is true. */
  async until(expression: string, timeoutMs = 15_000): Promise<void> {
    await this.page.waitForFunction(expression, undefined, { timeout: timeoutMs, polling: 100 });
  }

  async connectionState(): Promise<string> {
    return (await this.page.evaluate('globalThis.peer.pc.connectionState')) as string;
  }

  /** The loudest frequency that is heard now, and its level in dBFS. */
  async heard(): Promise<{ readonly hz: number; readonly db: number }> {
    return (await this.page.evaluate(`(() => {
      const { analyser, context } = globalThis.peer;
      const bins = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(bins);
      let best = 0;
      for (let i = 1; i < bins.length; i++) if (bins[i] > bins[best]) best = i;
      return { hz: (best * context.sampleRate) / analyser.fftSize, db: bins[best] };
    })()`)) as { hz: number; db: number };
  }

  /** Waits until a tone is heard. */
  async hears(hz: number, timeoutMs = 15_000): Promise<void> {
    await this.until(
      `(() => {
        const { analyser, context } = globalThis.peer;
        if (!analyser) return false;
        const bins = new Float32Array(analyser.frequencyBinCount);
        analyser.getFloatFrequencyData(bins);
        let best = 0;
        for (let i = 1; i < bins.length; i++) if (bins[i] > bins[best]) best = i;
        return bins[best] > -40 && Math.abs((best * context.sampleRate) / analyser.fftSize - ${hz}) < 15;
      })()`,
      timeoutMs,
    );
  }

  async pressDigits(digits: string, durationMs: number): Promise<void> {
    await this.page.evaluate(
      `globalThis.peer.pc.getSenders()[0].dtmf.insertDTMF(${JSON.stringify(digits)}, ${durationMs}, 70)`,
    );
  }

  async canPressDigits(): Promise<boolean> {
    return (await this.page.evaluate('globalThis.peer.pc.getSenders()[0].dtmf?.canInsertDTMF ?? false')) as boolean;
  }

  async hangUp(): Promise<void> {
    await this.page.evaluate('globalThis.peer?.pc.close()');
  }

  async close(): Promise<void> {
    await this.#context.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
