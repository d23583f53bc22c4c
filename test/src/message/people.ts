/** Who the texts of the tests are about. */
import type { MatrixUserId } from '../../../src/matrix/index.ts';

export const ALICE = '@alice:hs.test' as MatrixUserId;
/** Alice's number. */
export const OWN = '+4930123456';
