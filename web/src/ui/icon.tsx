// The few signs of the dashboard, drawn as lines of one weight. They decorate words; none stands alone.

const paths = {
  now: 'M3 12h4l3-8 4 16 3-8h4',
  actions: 'M8 6h13M8 12h13M8 18h13M3.500 6h.01M3.500 12h.01M3.500 18h.01',
  sessions: 'M4.500 5h15v14h-15zM10 9.200v5.600l4.700-2.800z',
  agents:
    'M7 8h10a2 2 0 0 1 2 2v7a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2v-7a2 2 0 0 1 2-2z' +
    'M12 8V4M9.500 13v1M14.500 13v1M2.500 13v2M21.500 13v2',
  policy:
    'M12 3 4.500 6v5.500c0 4.500 3 7.800 7.500 9.500 4.500-1.700 7.500-5' +
    ' 7.500-9.500V6zM9 12l2.200 2.200L15.500 10',
  servers: 'M4 5h16v5H4zM4 14h16v5H4zM8 7.500h.01M8 16.500h.01',
  credentials: 'M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 12l8-8M15.500 7.500l3 3',
  analytics: 'M4 20V11M10 20V4M16 20v-7M21 20H3',
  audit:
    'M9 15l6-6M8.500 11 6 13.500a3.500 3.500 0 0 0 5 5L13.500 16' +
    'M15.500 13 18 10.500a3.500 3.500 0 0 0-5-5L10.500 8',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.800v4.400M9 14.800v4.400',
  check: 'm5 12.500 4.500 4.500L19 7.500',
  cross: 'M6 6l12 12M18 6 6 18',
  clock: 'M12 7v5l3.500 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z',
  alert:
    'M12 9v4.500M12 17h.01' +
    'M10.300 4.200 2.800 17.500A2 2 0 0 0 4.500 20.500h15a2 2 0 0 0 1.700-3L13.700 4.200a2 2 0 0 0-3.400 0z',
  quote: 'M9 7H5v6h4l-2 4M18 7h-4v6h4l-2 4',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  right: 'm9 5 7 7-7 7',
  left: 'm15 5-7 7 7 7',
  play: 'M7 4.500v15l12-7.500z',
  pause: 'M8 5v14M16 5v14',
  copy: 'M9 9h10v11H9zM5 15V4h10',
  down: 'M12 4v12m-5-5 5 5 5-5M4 20h16',
  key: 'M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 12l8-8M15.500 7.500l3 3',
  theme: 'M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z',
  out: 'M14 4H5v16h9M10 12h11m-4-4 4 4-4 4',
  bolt: 'M13 3 5 13.500h6L10 21l8-10.500h-6z',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.500 20.500c.8-4 3.700-6 7.500-6s6.700 2 7.500 6',
  plus: 'M12 5v14M5 12h14',
};

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path class="mark-shield" d="M16 2 4 6v9c0 8 5 13 12 15 7-2 12-7 12-15V6z" />
      <path class="mark-claw" d="m10 21 3-11M15 22l3-13M20 22l2.500-10" />
    </svg>
  );
}
