/** Transfers through the running gateway: by the client as Element Web sends them, and by the telephone. */
import { describeTransfers } from './transfer-scenarios.ts';

describeTransfers('a transfer', () => ({}));
