-- A SKU's stock in its slot as one line, and the opaque part of its entity tag
-- (trade_stock.h).  `changed` is the time, in s, at which total, limit, opens
-- or closes were last set.  Each change gets another second, so that a client
-- can tell it from the next.
-- Sets stock_fields, stock_line, stock_tag, stock_changed.

local function stock_fields(sku)
  return 'total|' .. sku, 'available|' .. sku, 'held|' .. sku,
    'limit|' .. sku, 'opens|' .. sku, 'closes|' .. sku, 'changed|' .. sku
end

local function stock_line(sku, total, available, held, limit, opens, closes)
  return sku .. ' ' .. total .. ' ' .. available .. ' ' .. (held or 0) .. ' '
    .. (limit or '-') .. ' ' .. (opens or '-') .. ' ' .. (closes or '-')
end

local function stock_tag(total, limit, opens, closes)
  return total .. '.' .. (limit or '') .. '.' .. (opens or '') .. '.'
    .. (closes or '')
end

local function stock_changed(seconds, before)
  return string.format('%.0f', math.max(seconds, (before or 0) + 1))
end
