import { isRecord } from '@identity/service-kit/json';
import type { Mood } from './fake-data.js';
import { randomOf } from './random.js';

const WRONG_VALUES = [null, null, null, undefined, 3.5, 'UNKNOWN', true, 1e30];

/** Puts values into an answer that its schema does not allow, and takes the places of errors away. */
export function violate(answer: unknown, mood: Mood, body: string): unknown {
  if (mood.violations === 0 || !isRecord(answer)) return answer;
  const errors: unknown = answer['errors'];
  return {
    ...answer,
    data: violateValue(answer['data'], `${mood.seed} ${body}`, mood.violations),
    ...(Array.isArray(errors) ? { errors: errors.map((error, index) => violateError(error, `${body} ${index}`)) } : {}),
  };
}

function violateValue(value: unknown, place: string, probability: number): unknown {
  const random = randomOf(place);
  if (Array.isArray(value)) {
    if (random.chance(probability / 40)) return { not: 'a list' };
    return value.map((item, index) => violateValue(item, `${place} ${index}`, probability));
  }
  if (isRecord(value)) {
    if (random.chance(probability / 40)) return 'not an object';
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        key === '_entities' && Array.isArray(member)
          ? member.map((entity, index) => violateValue(entity, `${place} ${index}`, probability))
          : violateValue(member, `${place} ${key}`, probability),
      ]),
    );
  }
  // An alias of `__typename`: without the type itself, Apollo makes of it what the text around it suggests.
  if (place.endsWith(' kind')) return value;
  if (place.endsWith('__typename') && random.chance(0.8)) return value;
  return random.chance(probability) ? random.oneOf(WRONG_VALUES) : value;
}

function violateError(error: unknown, place: string): unknown {
  const random = randomOf(place);
  if (!isRecord(error) || !random.chance(0.2)) return error;
  return { ...error, path: random.oneOf([undefined, 'text', [], ['_entities', 99, 'nowhere'], ['nowhere']]) };
}
