-- Nothing is repaired in a slot that is no longer fenced: since its state was
-- read, an operator has opened it, or it has lost writes again.
-- ARGV: 1 the version that had survived  2 the version of the order, the hold or
--       the change
-- Reads call.  Sets survived, least, slot, version.
--@ slot_fields.lua
local survived, least = ARGV[1], ARGV[2]
local slot = call('HMGET', KEYS[1], CLOSED, SURVIVED, VERSION)
if not slot[1] or slot[2] ~= survived then return 'UNFENCED' end
local version = math.max(tonumber(slot[3] or 0), tonumber(least)) .. ''
