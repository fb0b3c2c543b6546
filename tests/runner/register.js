import { register } from 'node:module';
import 'tsx';

register('./resolve.js', import.meta.url);
