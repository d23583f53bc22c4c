/** One conversation with every command: what is written, by whom, where. The answers are in data/, word by word. */
import { ALICE, MALLORY } from '../matrix/support/side.ts';
import { ADMIN, CONTROL_ROOM } from './world.ts';

export interface Line {
  readonly as: string;
  readonly text: string;
  readonly room?: string;
  /** The file to which it is an answer. */
  readonly file?: string;
}

const alice = (...texts: string[]): Line[] => texts.map((text) => ({ as: ALICE, text }));
const admin = (...texts: string[]): Line[] => texts.map((text) => ({ as: ADMIN, text }));
const sales = (as: string, ...texts: string[]): Line[] => texts.map((text) => ({ as, text, room: CONTROL_ROOM }));

export const DECK = `prefix,name,per_minute,connect_fee,first_s,next_s,per_text
44,United Kingdom,0.02,0,60,1,0.05
447,United Kingdom mobile,0.05,0.01,60,1,
`;
/** One line is wrong: nothing of it counts. */
export const BROKEN_DECK = 'prefix,per_minute\n44,0.02\nUnited Kingdom,cheap\n';

/** A provider’s list of calls. */
export const BILL = `number,start,duration,cost
00441818118181,2026-02-10 12:00:03,75,0.04
00447700900123,2026-02-10 12:30:00,600,1.20
`;

export const CONVERSATION: readonly Line[] = [
  ...alice('help', 'help forward', 'help dnd', 'help name', 'what?'),
  ...admin('help'),

  ...alice('status', 'dial 07700 900123', 'dial 999', 'dial nobody'),
  ...alice('texts send 07700 900123 See you at six', 'texts send 07700 900123', 'texts send 999 help'),
  ...alice('notices', 'notices missed off'),
  ...alice('name 07700 900123 Bob', 'name', 'name remove Bob'),
  ...alice('sms 07700 900123 hello', 'texts', 'texts resend', 'texts accept', 'group off'),

  ...alice('calls', 'calls 1', 'calls many', 'usage', 'usage 2026-02', 'usage yesterday'),
  ...alice('credit', 'credit movements'),

  ...alice('lines', 'line use 960001', 'line', 'line use 999999', 'line use default', 'line use'),
  ...alice('line withhold on', 'lines', 'line withhold off'),

  ...alice('dnd on', 'preferences', 'dnd 90', 'dnd 2h', 'dnd maybe', 'dnd off'),
  ...alice('findable on', 'findable off', 'findable default', 'findable maybe'),
  ...alice('forward 07700 900123', 'forward +44 7700 900123 unanswered', 'preferences'),
  ...alice('forward 01632 960000', 'forward 999', 'forward off'),
  ...alice('block 07700 900123', 'block 07700 900123', 'block +44906*', 'block 0906*', 'block withheld'),
  ...alice(
    'allow +4420*',
    'preferences',
    'block remove 07700900123',
    'block remove 07700900123',
    'allow remove +4420*',
  ),
  ...alice('limit'),

  // What is for administrators.
  ...alice('topup @alice:hs.test 1000', 'link +441632960005 @alice:hs.test', 'users', 'limit lift @alice:hs.test'),
  ...alice('credit @admin:hs.test', 'calls @admin:hs.test', 'dnd @admin:hs.test on'),

  ...admin('users', 'lines all'),
  ...admin('link 01632 960005 @bob:hs.test', 'link 01632 960005 @alice:hs.test as Alice Example', 'lines all'),
  ...admin('link 201 @alice:hs.test', 'link 201 @alice:hs.test at nowhere', 'link 201 @alice:hs.test at office'),
  ...admin('link 01632 960005 here', 'link', 'unlink 01632 960005', 'unlink 01632 960005', 'unlink 201 at office'),
  ...sales(ADMIN, '!link 01632 960006 here', '!lines all'),
  ...sales(ALICE, '!help', '!lines', '!dnd on', '!preferences', '!dnd off', '!dial 07700 900123', 'dnd on'),
  ...sales(MALLORY, '!dnd on', '!lines'),
  ...alice('lines'),

  ...admin('topup @alice:hs.test 10 paid in cash', 'topup @alice:hs.test -3', 'topup @alice:hs.test ten', 'topup'),
  ...admin('credit adjust @alice:hs.test -2.50 billed twice', 'credit adjust @alice:hs.test -100'),
  ...admin('credit @alice:hs.test', 'credit movements @alice:hs.test 1'),
  ...admin('grant @alice:hs.test postpaid 20', 'grant @alice:hs.test postpaid', 'grant @alice:hs.test free'),
  ...admin('grant @alice:hs.test rich', 'grant @alice:hs.test default'),
  ...admin('ledger verify'),
  ...alice('credit'),

  ...admin('rates', 'rates import carrier'),
  { as: ADMIN, text: 'rates import carrier', file: BROKEN_DECK },
  { as: ADMIN, text: 'rates import carrier', file: DECK },
  ...alice('price 07700 900123', 'price 020 7946 0000', 'price +49 30 901820', 'price 999', 'price'),
  ...admin(
    'rates',
    'rates show 07700 900123',
    'rates show +49 30 901820',
    'rates show 999',
    'rates show 07700900123 @alice:hs.test',
  ),
  ...admin(
    'callerid @alice:hs.test 07700 900123',
    'callerid @alice:hs.test 0906 1234567',
    'callerid @alice:hs.test 01632 960006',
  ),

  ...admin(
    'limit @alice:hs.test',
    'limit set @alice:hs.test spend_per_day 100',
    'limit set @alice:hs.test countries GB,IE',
  ),
  ...admin(
    'limit set @alice:hs.test closed casinos',
    'limit set @alice:hs.test calls many',
    'limit set @alice:hs.test minutes_per_day off',
  ),
  ...admin(
    'limit set @alice:hs.test spend_per_day default',
    'limit trips',
    'limit lift @alice:hs.test calls-per-hour',
    'limit lift @alice:hs.test',
  ),
  ...admin('limit lift @alice:hs.test'),

  ...admin('trunks', 'register office', 'register nowhere', 'register smsc'),
  ...admin('calls live', 'calls end call-live', 'calls end call-gone', 'calls end call-999'),
  ...admin('usage all 2026-02', 'records export', 'records reconcile office'),
  { as: ADMIN, text: 'records reconcile all', file: BILL },
];
