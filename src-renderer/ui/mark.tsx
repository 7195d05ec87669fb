/** The bird, its ground line in the accent. */
export const Mark = ({ size }: { readonly size: number }) => (
  <svg aria-hidden="true" height={size} viewBox="0 0 16 16" width={size}>
    <path
      d="M0.4 2.9C2.7 2.2 4.9 3.1 6.3 5.2C6.6 5.6 6.8 6 6.95 6.5C6.95 5.7 7.3 5.2 8 5.2C8.7 5.2 9.05 5.7 9.05 6.5C9.2 6 9.4 5.6 9.7 5.2C11.1 3.1 13.3 2.2 15.6 2.9C13.5 3.5 12.6 5 11.7 6.5C10.7 8.1 9.9 8.6 8 10.6C6.1 8.6 5.3 8.1 4.3 6.5C3.4 5 2.5 3.5 0.4 2.9Z"
      fill="currentColor"
    />
    <path d="M4.6 13.3H11.4" stroke="var(--accent)" strokeLinecap="round" strokeWidth="1.5" />
  </svg>
);
