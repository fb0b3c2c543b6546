import type { ListenOptions } from './http-server.js';

/** Where a service listens for operators; null without a port. `ADMIN_HOST` sets the address. */
export function adminListener(host: string, port: number | undefined, portVariable: string): ListenOptions | null {
  return port === undefined ? null : { host, port, portVariable, hostVariable: 'ADMIN_HOST' };
}
