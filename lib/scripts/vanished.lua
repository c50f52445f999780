-- So too when the record a worker saw made at a version has vanished, though
-- others may have raised the version since.  What an operator has opened again
-- (f: the version it was opened at) is past.
-- KEYS: 4 the last record seen
-- ARGV: 1 version known  2 version of the last record seen, or ''
if ARGV[2] ~= '' and call('EXISTS', KEYS[4]) == 0
  and tonumber(ARGV[2]) > tonumber(call('HGET', KEYS[1], 'f') or 0)
then
  version = -1
end
--@ regressed.lua
