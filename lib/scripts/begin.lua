-- begin: an order whose items lie in several slots.  Its home, the slot of the
-- first, holds what it has of them, and records that the others are to be
-- asked about it: until when it must have been decided, and from when on they,
-- or it, ask.
--
-- KEYS, ARGV: as of place, but of the items of this slot, and
-- ARGV: 8 ms until the others are asked
--       and behind the fields: the numbers of the other slots
--
-- Answers as place, `PREPARING 0 <fingerprint> <version> <begun at> <deadline>`.
-- No version is taken: who has lost this has an order that never was.

local call, pcall = redis.call, redis.pcall

--@ offer.lua

local made = false
if ok then
  local header = 'PREPARING 0 ' .. ARGV[4] .. ' ' .. version .. ' ' .. now
    .. ' ' .. ARGV[7]
  local record = header .. '\n' .. ARGV[10]
  local others = { unpack(ARGV, 11 + 5 * items) }
  local queue = string.sub(KEYS[1], 1, -5) .. 'asks'
  local member = ARGV[3] .. '.' .. others[1]
  --@ record.lua
  if made and made.ok then
    for i = 2, #others do
      call('ZADD', queue, now + ARGV[8] .. '', ARGV[3] .. '.' .. others[i])
    end
    --@ hold.lua
    return header
  end
end

--@ replay.lua

--@ refused.lua

return before()
  or made
  or slot[2] and 'CLOSED ' .. slot[2]
  or refusal()
