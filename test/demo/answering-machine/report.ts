/** What the answering machine tells whoever started it: one JSON object a line on its standard output. */

export type MachineReport =
  | { readonly event: 'listening'; readonly host: string; readonly port: number }
  | { readonly event: 'called'; readonly callId: string; readonly number: string; readonly line: string }
  | { readonly event: 'ringing' | 'answered' | 'cancelled' | 'held' | 'resumed'; readonly callId: string }
  | { readonly event: 'texted'; readonly callId: string; readonly number: string }
  | { readonly event: 'calls-back'; readonly callId: string; readonly number: string }
  | { readonly event: 'refused'; readonly callId: string; readonly status: number }
  /** What one look at half a second of incoming audio found; silence is not reported. */
  | { readonly event: 'heard'; readonly callId: string; readonly hz: number; readonly dbfs: number }
  | { readonly event: 'digit'; readonly callId: string; readonly digit: string; readonly durationMs: number }
  | { readonly event: 'said-back'; readonly callId: string; readonly digits: string }
  | {
      readonly event: 'ended';
      readonly callId: string;
      readonly by: 'caller' | 'machine';
      readonly packetsIn: number;
      readonly packetsLost: number;
      readonly packetsOut: number;
    };

/** A report with the time it was made, ms since the epoch. */
export type TimedReport = MachineReport & { readonly at: number };

export type Report = (report: MachineReport) => void;
