-- Tells all gateways that units of this slot may be for sale again.  They drop
-- their hints of the slot at this version and below (trade_hint.h).  If the user
-- may not publish, the hints end by their ttl alone.
-- Reads pcall, prefix, version.
pcall('PUBLISH', 'trade:returned', string.match(prefix, '%d+') .. ' ' .. version)
