-- order: reads an order's record, and whether its latest event is published.
--
-- KEYS: 1 slot  2 due  3 the last record seen  4 the order's record
-- ARGV: 1 version seen  2 version of the last record seen, or ''
--       3 id
--
-- Answers `RECORD <id> <published>` and below it the record, or ABSENT.

local call, pcall = redis.call, redis.pcall
--@ master.lua
--@ slot_fields.lua

local id = ARGV[3]
local slot = call('HMGET', KEYS[1], VERSION, CLOSED)
--@ regressed.lua
--@ absent.lua

local seq = string.match(record, '^%u+ (%d+) ')
-- a cart that was given up (sequence 0) may be on no replica yet
local due = call('ZSCORE', KEYS[2], id .. '.' .. seq)

return 'RECORD ' .. id .. ((due or seq == '0') and ' 0\n' or ' 1\n')
  .. record
