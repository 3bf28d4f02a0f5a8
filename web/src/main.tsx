// The dashboard begins here: who is there decides between the door and the rooms.
import { render } from 'preact';
import { Shell } from './shell';

render(<Shell />, document.getElementById('app')!);
