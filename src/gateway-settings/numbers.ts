/** What dialled strings mean, for everybody and for users in other countries. */
import type { Config } from '../../config/index.ts';
import { matchPeople } from '../account/index.ts';
import { compileDialPlan, type NumberRules } from '../number/index.ts';

export function numberRules({ numbers }: Config): NumberRules {
  return {
    region: numbers.region,
    dialPlan: compileDialPlan(numbers.dial_plan),
    emergencyNumbers: new Set(numbers.emergency.numbers),
  };
}

/** The rules of a user's own country. */
export function numberRulesOf(config: Config): (user: string) => NumberRules {
  const rules = numberRules(config);
  const regions = config.numbers.user_regions.map(({ users, region }) => ({
    people: matchPeople([users]),
    rules: { ...rules, region },
  }));
  return (user) => regions.find(({ people }) => people.has(user))?.rules ?? rules;
}
