/** Tables of limits against fraud. */
import type { LimitName } from '../../account/limits/index.ts';

export interface LimitTripsTable {
  id: number;
  user_id: string;
  limit_name: LimitName;
  allowed: string;
  actual: string;
  call_ref: string | null;
  at: number;
  last_at: number;
  times: number;
  until_at: number;
  lifted_at: number | null;
  lifted_by: string | null;
}

export interface LimitLiftsTable {
  user_id: string;
  limit_name: LimitName;
  lifted_at: number;
  lifted_by: string;
}

export interface UserLimitsTable {
  user_id: string;
  /** JSON. */
  limits: string;
  set_at: number;
  set_by: string;
}

export interface FraudAlertsTable {
  user_id: string;
  what: string;
  at: number;
}
