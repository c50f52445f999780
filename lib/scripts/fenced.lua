-- Nothing is repaired in a slot that is not fenced any more: it was opened, or
-- lost again, since its state was read.
-- ARGV: 1 the version that had survived
-- Reads call.  Sets slot, version.
local slot = call('HMGET', KEYS[1], 'c', 'r', 'v')
if not slot[1] or slot[2] ~= ARGV[1] then return 'UNFENCED' end
local version = math.max(tonumber(slot[3] or 0), tonumber(ARGV[2])) .. ''
