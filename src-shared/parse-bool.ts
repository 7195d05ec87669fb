/** Go's strconv.ParseBool, which reads all switches of jobs and of the command line; undefined for anything else. */
export const parseBool = (text: string): boolean | undefined => {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true;
  return /^(?:0|f|F|false|FALSE|False)$/.test(text) ? false : undefined;
};
