/** The dialer page in a real Chromium: log-in, keyboard, small screens, screen readers. */
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { TestPage } from '../world/browser.ts';
import { ANSWER, RING } from '../world/scenarios.ts';
import { until } from '../world/wait.ts';
import { MICROPHONE_HZ, useWorld } from '../world/world.ts';

const world = useWorld();
const tabs: TestPage[] = [];

afterEach(async () => {
  for (const tab of tabs.splice(0)) await tab.close();
});

async function openDialer(viewport = { width: 1280, height: 900 }): Promise<Page> {
  const tab = await world.current.browser.openPage(world.current.dialerUrl, { viewport });
  tabs.push(tab);
  await tab.page.getByRole('heading', { name: 'Log in' }).waitFor();
  return tab.page;
}

async function fillIn(page: Page, user: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

async function loggedIn(viewport?: { width: number; height: number }): Promise<Page> {
  const { name, session } = await world.current.newUser();
  const page = await openDialer(viewport);
  await fillIn(page, name, session.password);
  await page.getByLabel('Telephone number').waitFor();
  return page;
}

describe('logging in', () => {
  it('knows the homeserver already', async () => {
    const page = await openDialer();
    expect(await page.getByLabel('Homeserver').inputValue()).toBe(world.current.synapse.url);
  });

  it.each([
    ['nobody', 'wrong', undefined, /user name or the password is wrong/],
    ['', '', undefined, /Fill in user name/],
    ['alice', 'x', 'http://127.0.0.1:9', /homeserver cannot be reached/],
    ['alice', 'x', 'not an address', /is a web address/],
  ])('as "%s" with "%s" at %s says what is wrong', async (user, password, homeserver, sentence) => {
    const page = await openDialer();
    if (homeserver !== undefined) await page.getByLabel('Homeserver').fill(homeserver);
    await fillIn(page, user, password);
    await page.getByRole('alert').filter({ hasText: sentence }).waitFor();
    expect(await page.getByRole('button', { name: 'Log in' }).isEnabled()).toBe(true);
  });

  it('lasts until the user logs out, which ends the session at the homeserver too', async () => {
    const page = await loggedIn();
    await page.reload();
    await page.getByLabel('Telephone number').waitFor();
    const stored = await page.evaluate(() => localStorage.getItem('trunkline.session'));
    const { accessToken: token } = JSON.parse(stored ?? '{}') as { accessToken: string };
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(token);
    const whoami = () => world.current.synapse.request('GET', '/_matrix/client/v3/account/whoami', { token });
    await until('the token to be dead', () =>
      whoami().then(
        () => false,
        (error: Error) => error.message.includes('M_UNKNOWN_TOKEN'),
      ),
    );
  });

  it('says so when the session was ended elsewhere', async () => {
    const page = await loggedIn();
    const stored = await page.evaluate(() => localStorage.getItem('trunkline.session'));
    const { accessToken: token } = JSON.parse(stored ?? '{}') as { accessToken: string };
    await world.current.synapse.request('POST', '/_matrix/client/v3/logout', { token, body: {} });
    await page.getByRole('alert').filter({ hasText: 'You were logged out' }).waitFor({ timeout: 60_000 });
  });
});

describe('by keyboard alone', () => {
  it('one logs in, calls, sends keys and hangs up', async () => {
    const { name, session } = await world.current.newUser();
    await world.current.answerWith(ANSWER);
    const page = await openDialer();
    const { keyboard } = page;
    await keyboard.type(name);
    await keyboard.press('Tab');
    await keyboard.type(session.password);
    await keyboard.press('Enter');
    await page.getByLabel('Telephone number').waitFor();
    await keyboard.type('01818118181');
    await keyboard.press('Enter');
    await page.getByText('Connected', { exact: true }).waitFor();
    // The hang-up button has the focus: the number field has gone.
    await keyboard.type('42#');
    await until('the digits on the page', async () => (await page.locator('#call-digits').textContent()) === '42#');
    await keyboard.press('Enter');
    await page.locator('#outcome-sentence').filter({ hasText: 'You hung up.' }).waitFor();
    // And the next number can be typed at once.
    await keyboard.type('0');
    expect(await page.getByLabel('Telephone number').inputValue()).toBe('0');
  });
});

describe('the dial pad', () => {
  it('types, erases, and has a plus under the zero', async () => {
    const page = await loggedIn();
    const number = page.getByLabel('Telephone number');
    await page.locator('.key[data-key="0"]').click({ delay: 700 });
    for (const key of '4420') await page.locator(`.key[data-key="${key}"]`).click();
    expect(await number.inputValue()).toBe('+4420');
    await page.getByRole('button', { name: 'Erase the last character' }).click();
    expect(await number.inputValue()).toBe('+442');
  });

  it('brings the last number back when nothing was typed', async () => {
    await world.current.answerWith(RING);
    const page = await loggedIn();
    await page.getByLabel('Telephone number').fill('01818118181');
    const call = page.getByRole('button', { name: 'Call', exact: true });
    await call.click();
    await page.getByText('Calling …', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Hang up' }).click();
    await call.click();
    expect(await page.getByLabel('Telephone number').inputValue()).toBe('01818118181');
  });
});

describe('a number dialled by mistake', () => {
  it('is not called when another is dialled before the homeserver has answered', async () => {
    const sipp = await world.current.answerWith(ANSWER);
    const page = await loggedIn();
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await page.route(/thirdparty\/user\//, async (route) => {
      await (route.request().url().includes('0999') ? first : second).promise;
      await route.continue();
    });
    const dial = async (number: string) => {
      await page.getByLabel('Telephone number').fill(number);
      await page.keyboard.press('Enter');
      await page.getByText('Looking up …').waitFor();
    };
    const answered = page.waitForResponse(/thirdparty\/user\/.*0999/);
    await dial('01818110999');
    await page.getByRole('button', { name: 'Hang up' }).click();
    await dial('01818118181');
    first.resolve();
    await (await answered).finished();
    second.resolve();
    await page.getByText('Connected', { exact: true }).waitFor();
    const [invite] = await sipp.messages();
    expect(invite?.startLine).toContain('8181@');
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.locator('#outcome-sentence').filter({ hasText: 'You hung up.' }).waitFor();
    expect((await sipp.finished).passed).toBe(true);
  });
});

describe('without a microphone', () => {
  it('the page says what to do, and the telephone is not called', async () => {
    const sipp = await world.current.answerWith(ANSWER);
    const page = await loggedIn();
    await page.evaluate(() => trunklineProbe.refuseMicrophone());
    await page.getByLabel('Telephone number').fill('01818118181');
    await page.keyboard.press('Enter');
    await page.locator('#outcome-sentence').filter({ hasText: 'The microphone cannot be used.' }).waitFor();
    expect(await sipp.messages()).toEqual([]);
  });
});

describe('for a screen reader', () => {
  it('everything has a name and a role', async () => {
    const page = await loggedIn();
    const outline = await page.locator('body').ariaSnapshot();
    expect(outline).toContain('- banner');
    expect(outline).toContain('- main');
    expect(outline).toContain('heading "Call a telephone number" [level=1]');
    expect(outline).toContain('textbox "Telephone number"');
    expect(outline).toContain('group "Keypad"');
    expect(outline).toContain('button "star"');
    expect(outline).toContain('button "Call"');
    expect(outline).not.toMatch(/- (button|textbox)\s*$/m);
  });

  it('the stages of a call are said once each', async () => {
    await world.current.answerWith(ANSWER);
    const page = await loggedIn();
    await page.evaluate(() => trunklineProbe.listenToLiveRegion('live'));
    await page.getByLabel('Telephone number').fill('01818118181');
    await page.keyboard.press('Enter');
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Mute' }).click();
    await page.getByRole('button', { name: 'Mute', pressed: true }).waitFor();
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.locator('#outcome-sentence').filter({ hasText: 'You hung up.' }).waitFor();
    const said = await page.evaluate(() => trunklineProbe.said);
    expect(said[0]).toBe('Looking up 01818118181');
    expect(said[1]).toMatch(/^Calling /);
    expect(said[2]).toMatch(/^Connected with /);
    expect(said[3]).toBe('Muted');
    expect(said[4]).toMatch(/^You hung up\. After \d+ seconds?\.$/);
    expect(said).toHaveLength(5);
  });
});

describe('on a small screen', () => {
  it.each([
    { width: 390, height: 844 },
    { width: 320, height: 568 },
  ])('$width × $height: everything is in sight and large enough for a thumb', async (viewport) => {
    await world.current.answerWith(ANSWER);
    const page = await loggedIn(viewport);
    await expectReachable(page, viewport);
    await page.getByLabel('Telephone number').fill('01818118181');
    await page.keyboard.press('Enter');
    await page.getByText('Connected', { exact: true }).waitFor();
    await expectReachable(page, viewport);
  });

  async function expectReachable(page: Page, viewport: { width: number; height: number }): Promise<void> {
    const buttons = await page.locator('button:visible, input:visible').all();
    expect(buttons.length).toBeGreaterThan(13);
    for (const button of buttons) {
      const name = await button.evaluate((node) => node.getAttribute('aria-label') ?? node.textContent);
      const box = await button.boundingBox();
      expect(box, `${name} has a place`).not.toBeNull();
      if (box === null) continue;
      expect(box.width, `width of ${name}`).toBeGreaterThanOrEqual(44);
      expect(box.height, `height of ${name}`).toBeGreaterThanOrEqual(44);
      expect(box.x, `left of ${name}`).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width, `right of ${name}`).toBeLessThanOrEqual(viewport.width);
      expect(box.y + box.height, `bottom of ${name}`).toBeLessThanOrEqual(viewport.height);
    }
  }
});

describe('in light and dark', () => {
  it.each(['light', 'dark'] as const)('%s: text stands out from its ground', async (colorScheme) => {
    const page = await loggedIn();
    // Without transitions, so that colours are what they will be.
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.getByLabel('Telephone number').fill('112233');
    for (const selector of ['.brand', '.user', '.key b', '.key small', '#dial', '#log-out', '#number']) {
      const [ink, ground] = await page.locator(selector).first().evaluate(coloursOf);
      expect(contrast(ink, ground), `${selector}: ${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  });
});

describe('when the homeserver goes away', () => {
  it('the page says so, and says no more when it is back', async () => {
    const page = await loggedIn();
    const banner = page.getByText('No connection to the homeserver');
    await world.current.synapse.halt();
    await banner.waitFor({ timeout: 60_000 });
    await world.current.synapse.resume();
    await banner.waitFor({ state: 'hidden', timeout: 90_000 });
  });
});

it('breaks none of the rules that the gateway sets for the page', async () => {
  await world.current.answerWith(ANSWER);
  const caller = await world.current.newCaller();
  await caller.dial('01818118181');
  await caller.state('talking');
  await caller.hears(MICROPHONE_HZ);
  expect(caller.tab.console.filter((line) => /content security policy|uncaught/i.test(line))).toEqual([]);
});

/** Text colour and the first ground behind it that is not transparent. Runs in the page. */
function coloursOf(node: unknown): [ink: string, ground: string] {
  type Box = { parentElement: Box | null };
  const style = Reflect.get(globalThis, 'getComputedStyle') as (box: unknown) => {
    color: string;
    backgroundColor: string;
  };
  let box: Box | null = node as Box;
  while (box !== null && /^(transparent|rgba\(.*, 0\))$/.test(style(box).backgroundColor)) box = box.parentElement;
  return [style(node).color, box === null ? 'rgb(255, 255, 255)' : style(box).backgroundColor];
}

/** Contrast ratio of two CSS colours (WCAG 2.2). */
function contrast(a: string, b: string): number {
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
      const value = Number(part) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}
