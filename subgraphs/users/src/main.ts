import { holdHangups } from '@identity/service-kit/hangups';

// Loading the rest takes long enough for a signal to come.
holdHangups();
await import('./serve.js');
