/** Something that must not come back, nor be logged. All are names of GraphQL, so that they fit wherever a name does. */
export interface Canary {
  readonly kind: 'password' | 'accessToken' | 'refreshToken' | 'secret' | 'email';
  readonly value: string;
}

/** Letters and digits only: whatever encodes text leaves them as they are. */
const MARKS = {
  password: 'Zq7PwCanary',
  accessToken: 'Zq7AtCanary',
  refreshToken: 'Zq7RtCanary',
  secret: 'Zq7ScCanary',
  email: 'Zq7EmCanary',
};

/** A number that must not come back either. */
export const NUMBER_CANARY = 4_242_424_217;

export const canaries: readonly Canary[] = [
  { kind: 'password', value: `${MARKS.password}QuietHarbour` },
  // The parts of a token are joined by dots, which no name has; this one looks like such a part.
  { kind: 'accessToken', value: `eyJ${MARKS.accessToken}` },
  { kind: 'refreshToken', value: MARKS.refreshToken.padEnd(43, 'x') },
  { kind: 'secret', value: `${MARKS.secret}JBSWY3DPEHPK3PXP` },
  { kind: 'email', value: MARKS.email },
];

/** A token in its three parts, an address as a whole: what they look like where they need not be names. */
export function natural({ kind, value }: Canary): string {
  if (kind === 'accessToken') return `${value}.${value}.${value}`;
  return kind === 'email' ? `${value}@example.com` : value;
}

const needles = [...Object.values(MARKS), String(NUMBER_CANARY)].flatMap((mark) => [
  mark.toLowerCase(),
  Buffer.from(mark).toString('hex'),
  Buffer.from(mark.toLowerCase()).toString('hex'),
]);

/** Whether a text holds a canary, in any case, or in hexadecimal as databases write bytes. */
export function holdsCanary(text: string): boolean {
  const lower = text.toLowerCase();
  return needles.some((needle) => lower.includes(needle));
}

/** The paths of all strings, numbers and keys of a JSON value that hold a canary; indices of lists are left out. */
export function canaryPaths(value: unknown, path: readonly string[] = []): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => canaryPaths(item, path));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, item]) => [
      ...(holdsCanary(key) ? [[...path, '(key)'].join('.')] : []),
      ...canaryPaths(item, [...path, holdsCanary(key) ? '(alias)' : key]),
    ]);
  return holdsCanary(String(value)) ? [path.join('.')] : [];
}
