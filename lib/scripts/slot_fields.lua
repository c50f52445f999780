-- The fields of a slot's hash that belong to no SKU, as lib/trade_slot.h has
-- them: its version; why it is closed, if it is; the version that it got when
-- it was last opened; the version that had survived, while it is reconciled.
-- Sets VERSION, CLOSED, OPENED, SURVIVED.
local VERSION, CLOSED, OPENED, SURVIVED = 'v', 'c', 'f', 'r'
