/** Which Matrix user stands for a number. */
import type { MatrixClient } from 'matrix-js-sdk';

/** The stable name and the one from before MSC2845 was accepted; a homeserver may know either. */
const PSTN_PROTOCOLS = ['m.protocol.pstn', 'im.vector.protocol.pstn'];

/** The ghost user of a number (MSC2845); undefined when the gateway does not dial it. */
export async function ghostOf(client: MatrixClient, number: string): Promise<string | undefined> {
  const known = await client.getThirdpartyProtocols();
  const protocol = PSTN_PROTOCOLS.find((name) => name in known);
  if (protocol === undefined) return undefined;
  const [user] = await client.getThirdpartyUser(protocol, { 'm.id.phone': number });
  return user?.userid;
}
