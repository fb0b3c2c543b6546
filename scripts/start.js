import { register } from 'tsx/esm/api';

// `npm start` keeps everything in its data folder: no cache of compiled sources elsewhere.
process.env.TSX_DISABLE_CACHE = '1';
register();
const { holdHangups } = await import('@identity/service-kit/hangups');
holdHangups();
await import('./start.ts');
