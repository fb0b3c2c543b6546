import { dictionary } from '@zxcvbn-ts/language-common';
import type { IsCommonPassword } from '../domain/ports.js';

/** Knows tens of thousands of common passwords, without regard to case. */
export function createCommonPasswords(): IsCommonPassword {
  const common = new Set(dictionary['passwords-common']);
  return (password) => common.has(password.toLowerCase());
}
