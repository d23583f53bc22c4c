/**
 * Takes the picture of the dialer that the README shows: `node test/demo/picture.ts`. Everything in it is real, the call
 * to the answering machine too.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { TestBrowser } from '../world/browser.ts';
import { Caller } from '../world/caller.ts';
import { beepingMicrophone } from '../world/microphone.ts';
import { setStage } from './stage.ts';

const TARGET = path.resolve(import.meta.dirname, '../../docs/images/dialer.png');

const stage = await setStage({ say: console.log });
const microphone = await beepingMicrophone(1000);
const browser = await TestBrowser.start({ microphoneWav: microphone.wavFile });
try {
  const caller = await Caller.logIn(browser, stage.dialerUrl, stage.login, stage.user.password);
  const { page } = caller.tab;
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 900, height: 780 });
  await page.getByLabel('Telephone number').fill('604');
  const desktop = await page.screenshot();

  await page.setViewportSize({ width: 390, height: 780 });
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await caller.dial('604');
  await caller.state('talking');
  await caller.press('159');
  await page.locator('#call-timer').filter({ hasText: '0:05' }).waitFor();
  const phone = await page.screenshot();
  await caller.hangUp();
  await caller.state('ended');

  const sheet = await browser.openPage('about:blank', { probe: false, viewport: { width: 1360, height: 840 } });
  const image = (png: Buffer, radius: number) =>
    `<img style="border-radius:${radius}px;box-shadow:0 2px 24px #0004" src="data:image/png;base64,${png.toString('base64')}">`;
  await sheet.page.setContent(
    `<body style="margin:30px;display:flex;gap:30px;justify-content:center">${image(desktop, 10)}${image(phone, 28)}</body>`,
  );
  mkdirSync(path.dirname(TARGET), { recursive: true });
  await sheet.page.screenshot({ path: TARGET, omitBackground: true });
  console.log(TARGET);
} finally {
  await browser.stop();
  await microphone.remove();
  await stage.stop();
}
