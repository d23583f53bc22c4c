/** The dialer's "text" tab in a real Chromium: a user and a telephone write to one another. */
import { afterEach, describe, expect, it } from 'vitest';
import type { TestPage } from '../world/browser.ts';
import { useWorld } from '../world/world.ts';
import { newNumber, numberOf, textPeer, textWorld } from './texting.ts';

const world = useWorld(textWorld());
const tabs: TestPage[] = [];

afterEach(async () => {
  for (const tab of tabs.splice(0)) await tab.close();
});

async function openTexts() {
  const user = await world.current.newUser();
  const tab = await world.current.browser.openPage(world.current.dialerUrl, {});
  tabs.push(tab);
  const { page } = tab;
  await page.getByLabel('User name').fill(user.name);
  await page.getByLabel('Password').fill(user.session.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('tab', { name: 'Text' }).click();
  return { page, number: numberOf(world.current.users.indexOf(user) + 1) };
}

describe('the text tab', () => {
  it('sends a text to a number, shows that it was taken, and the answer', async () => {
    const peer = await textPeer(world.current);
    const telephone = newNumber();
    const { page, number } = await openTexts();
    await page.getByLabel('Text to').fill(telephone);
    await page.keyboard.press('Enter');
    const message = page.getByLabel('Message');
    await message.fill('Grüße, <b>😀</b>');
    await message.press('Enter');
    const text = await peer.receives(({ to }) => to === telephone);
    expect([text.body, text.from]).toEqual(['Grüße, <b>😀</b>', number]);
    const log = page.getByRole('log', { name: 'Conversation' });
    await log.locator('.us').filter({ hasText: 'Taken by the telephone network' }).waitFor();
    await peer.send({ from: telephone, to: number, body: 'And to you!' });
    await log.locator('.them').filter({ hasText: 'And to you!' }).waitFor();
    expect(await log.locator('.us p').allTextContents()).toEqual(['Grüße, <b>😀</b>']);

    // It is there again after a visit elsewhere.
    await page.reload();
    await page.getByRole('tab', { name: 'Text' }).click();
    await page.getByLabel('Text to').fill(telephone);
    await page.getByRole('button', { name: 'Write' }).click();
    await log.locator('.us').filter({ hasText: 'Grüße' }).waitFor();
    await log.locator('.them').filter({ hasText: 'And to you!' }).waitFor();
  });

  it('says when a number cannot be written to, and works with arrow keys', async () => {
    const { page } = await openTexts();
    await page.getByLabel('Text to').fill('not a number');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'This number cannot be written to.' }).waitFor();
    await page.getByRole('tab', { name: 'Text' }).focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByLabel('Telephone number').waitFor();
    expect(await page.getByRole('tab', { name: 'Call' }).getAttribute('aria-selected')).toBe('true');
  });
});
