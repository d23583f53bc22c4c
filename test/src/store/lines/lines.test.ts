import { beforeEach, describe, expect, it } from 'vitest';
import {
  LINES_AREA,
  type LinkedLine,
  NO_PREFERENCES,
  PREFERENCES_AREA,
  type PreferenceOwner,
} from '../../../../src/account/index.ts';
import type { MatrixUserId, RoomId } from '../../../../src/matrix/index.ts';
import type { Store } from '../../../../src/store/index.ts';
import { describeOnEach } from '../databases.ts';

const ALICE = '@alice:example.org' as MatrixUserId;
const SALES = '!sales:example.org' as RoomId;
const NUMBER = '+441818118181';

const ofAlice: LinkedLine = { number: NUMBER, owner: { kind: 'user', user: ALICE }, linkedAt: 1, linkedBy: 'cli' };
const ofSales: LinkedLine = {
  number: NUMBER,
  trunk: 'provider',
  owner: { kind: 'room', room: SALES },
  name: 'Sales',
  linkedAt: 2,
  linkedBy: ALICE,
};

describeOnEach('lines', (database) => {
  let store: Store;
  beforeEach(async () => {
    store = await database.open();
  });

  describe('lines that are linked', () => {
    it('have one owner at a time, and say who had them before', async () => {
      expect(await store.lines.link(ofAlice)).toBeUndefined();
      expect(await store.lines.link(ofSales)).toEqual(ofAlice);
      expect(await store.lines.all()).toEqual([ofSales]);
      expect(await store.lines.find({ number: NUMBER })).toEqual(ofSales);
    });

    it('are unlinked once', async () => {
      await store.lines.link(ofSales);
      expect(await store.lines.unlink({ number: NUMBER })).toEqual(ofSales);
      expect(await store.lines.unlink({ number: NUMBER })).toBeUndefined();
      expect(await store.lines.all()).toEqual([]);
    });

    it('are another line on each PBX, where they are extensions', async () => {
      const office: LinkedLine = { ...ofAlice, number: '200', trunk: 'office' };
      const branch: LinkedLine = { ...ofSales, number: '200', trunk: 'branch' };
      await store.lines.link(office);
      await store.lines.link(branch);
      expect(await store.lines.find({ number: '200', trunk: 'office' })).toEqual(office);
      expect(await store.lines.all()).toEqual([office, branch]);
    });

    it('raise their version when something changes, and only then', async () => {
      const version = () => store.versions.current(LINES_AREA);
      const first = await version();
      await store.lines.link(ofAlice);
      const linked = await version();
      expect(linked).toBeGreaterThan(first);
      await store.lines.link({ ...ofAlice, linkedAt: 9, linkedBy: 'somebody else' });
      await store.lines.unlink({ number: '+441632960000' });
      expect(await version()).toBe(linked);
      expect(await store.lines.find({ number: NUMBER })).toEqual(ofAlice);
      await store.lines.unlink({ number: NUMBER });
      expect(await version()).toBeGreaterThan(linked);
    });
  });

  describe('preferences', () => {
    const forward = { when: 'unanswered', to: '+441632960000', by: ALICE } as const;

    it('are none for whoever never said anything', async () => {
      expect(await store.preferences.get(ALICE)).toEqual(NO_PREFERENCES);
      expect(await store.preferences.all()).toEqual(new Map());
    });

    it('keep what is set apart from what is not', async () => {
      const { preferences } = store;
      await preferences.setDnd(ALICE, { until: 5_000 });
      await preferences.setForward(ALICE, forward);
      await preferences.setDnd(SALES, {});
      await preferences.screen(SALES, '+4490*', 'block');
      expect(await preferences.get(ALICE)).toEqual({ dnd: { until: 5_000 }, forward, screening: [] });
      expect(await preferences.get(SALES)).toEqual({ dnd: {}, screening: [{ caller: '+4490*', verdict: 'block' }] });
      await preferences.setDnd(ALICE, undefined);
      expect(await preferences.get(ALICE)).toEqual({ forward, screening: [] });
      await preferences.setForward(ALICE, undefined);
      expect(await preferences.get(ALICE)).toEqual(NO_PREFERENCES);
    });

    it('say the same of everybody at once as one by one', async () => {
      const { preferences } = store;
      await preferences.setForward(ALICE, forward);
      await preferences.screen(ALICE, '+44900', 'allow');
      await preferences.screen(ALICE, '+4490*', 'block');
      await preferences.screen(SALES, 'withheld', 'block');
      const all = await preferences.all();
      for (const owner of [ALICE, SALES] as readonly PreferenceOwner[]) {
        expect(all.get(owner)).toEqual(await preferences.get(owner));
      }
      expect(all.get(ALICE)?.screening).toHaveLength(2);
    });

    it('say whether a rule for a caller changed anything, and raise their version only then', async () => {
      const { preferences, versions } = store;
      const version = () => versions.current(PREFERENCES_AREA);
      expect(await preferences.screen(ALICE, '+441632960000', 'block')).toBe(true);
      const blocked = await version();
      expect(await preferences.screen(ALICE, '+441632960000', 'block')).toBe(false);
      expect(await version()).toBe(blocked);
      expect(await preferences.screen(ALICE, '+441632960000', 'allow')).toBe(true);
      expect(await preferences.screen(ALICE, '+441632960000', undefined)).toBe(true);
      expect(await preferences.screen(ALICE, '+441632960000', undefined)).toBe(false);
      expect(await preferences.get(ALICE)).toEqual(NO_PREFERENCES);
      expect(await version()).toBeGreaterThan(blocked);
    });
  });

  describe('rooms of shared lines', () => {
    const ghost = '@_sip_1:example.org' as MatrixUserId;
    const which = { line: NUMBER, ghost, controlRoom: SALES };
    const roomId = '!talk:example.org' as RoomId;

    it('are known from before they are made', async () => {
      await store.lineRooms.begin(which, 1);
      expect(await store.lineRooms.find(which)).toEqual(which);
      expect(await store.lineRooms.all()).toEqual([]);
      await store.lineRooms.made({ ...which, roomId }, 2);
      await store.lineRooms.begin(which, 3);
      expect(await store.lineRooms.find(which)).toEqual({ ...which, roomId });
      expect(await store.lineRooms.inRoom(roomId)).toEqual({ ...which, roomId });
      expect(await store.lineRooms.all()).toEqual([{ ...which, roomId }]);
    });

    it('are another one for each telephone and control room', async () => {
      const other = { ...which, controlRoom: '!support:example.org' as RoomId, roomId: '!other:example.org' as RoomId };
      await store.lineRooms.made({ ...which, roomId }, 1);
      await store.lineRooms.made(other, 2);
      expect(await store.lineRooms.all()).toEqual([{ ...which, roomId }, other]);
      await store.lineRooms.forget(roomId);
      expect(await store.lineRooms.all()).toEqual([other]);
      expect(await store.lineRooms.inRoom(roomId)).toBeUndefined();
    });
  });
});
