package Trade::History::Order;

# Of the checker (Trade::History::Check): an order's events, and carts, which
# lie in several slots.

use strict;
use warnings;

use Compress::Raw::Zlib qw(crc32);
use Exporter 'import';

our @EXPORT_OK = qw(action ended gone_on items_of sequence whole);

# The states that an order may reach from a state, by the action of its buyer.
my %NEXT = (PLACED => [qw(PAID CANCELLED EXPIRED)], PAID => [qw(DELIVERED CANCELLED)]);
my %ACTION = (PAID => 'pay', DELIVERED => 'deliver', CANCELLED => 'cancel');

sub action { my ($event) = @_; return $ACTION{ $event->{state} } // '' }

# The event with which an order has ended so that its units go back, or undef.
sub ended {
    my ($events) = @_;
    return (grep { $_->{state} =~ /^(?:CANCELLED|EXPIRED)$/ } @$events)[0];
}

# Whether an order has an event after that of an act on it.
sub gone_on {
    my ($run, $action) = @_;
    my @events = @{ $run->{orders}{ $action->{id} } || return };
    return grep { action($events[$_]) eq $action->{verb} } 0 .. $#events - 1;
}

# The items of an order that lie in a slot; all of them by their slots.
sub items_of {
    my ($event, $slot) = @_;
    my %slots;
    push @{ $slots{ crc32($_->{sku}) % 4096 } }, $_
        for ref $event->{value} ? @{ $event->{value}{items} || [] } : ();
    return defined $slot ? @{ $slots{$slot} || [] } : \%slots;
}

# The events of an order follow each other, in their states, their versions and
# the topic, say the same of it, and Redis is where they end.
sub sequence {
    my ($run) = @_;
    my @found;
    for my $id (sort keys %{ $run->{orders} }) {
        my ($last, @more) = my @events = @{ $run->{orders}{$id} };
        push @found, "$id begins with $last->{seq}, $last->{state}"
            if $last->{seq} != 1 || $last->{state} ne 'PLACED';
        for my $e (@more) {
            push @found, "$id: $e->{seq} follows $last->{seq}" if $e->{seq} != $last->{seq} + 1;
            push @found, "$id was $last->{state}, then $e->{state}"
                if !grep { $_ eq $e->{state} } @{ $NEXT{ $last->{state} } || [] };
            push @found, "$id: version $e->{versions}{ $e->{slot} } comes after"
                . " $last->{versions}{ $last->{slot} }" if $e->{slot} ne $last->{slot}
                || $e->{versions}{ $e->{slot} } <= $last->{versions}{ $last->{slot} };
            push @found, "$id: $e->{seq} lies before $last->{seq}"
                if $e->{partition} != $last->{partition} || $e->{offset} < $last->{offset};
            push @found, "$id: $e->{seq} differs from what was placed"
                if $e->{payload} ne $events[0]{payload};
            $last = $e;
        }
        my $record = $run->{redis}{orders}{$id} || next;
        push @found, "$id is $record->{state} $record->{seq} in Redis, "
            . "$last->{state} $last->{seq} by the topic"
            if "$record->{state} $record->{seq}" ne "$last->{state} $last->{seq}";
    }
    return @found;
}

# An order lies in the slots of its items.  Home has its record; each
# participant has sold its hold, or freed it when the order ended.  A hold
# without an order is freed, or never was.
sub whole {
    my ($run) = @_;
    my ($redis, @found, %of_order) = ($run->{redis});
    for my $id (sort keys %{ $run->{orders} }) {
        my ($first, @more) = my @events = @{ $run->{orders}{$id} };
        my $items = items_of($first);
        my ($is, $want) = map { join ' ', sort keys %$_ } $first->{versions}, $items;
        push @found, "$id lies in slots $is, its items in $want" if $is ne $want;
        push @found, map { "$id: $_->{seq} is more than its home's" }
            grep { keys %{ $_->{versions} } != 1 } @more;
        my $state = ended(\@events) ? 'FREED' : 'SOLD';
        for my $slot (sort grep { $_ ne $first->{slot} } keys %$items) {
            my $hold = $redis->{holds}{$slot}{$id};
            $of_order{$slot}{$id} = 1;
            my ($had, $wanted) = ($hold ? "$hold->{state} $hold->{version}" : 'absent',
                "$state " . ($first->{versions}{$slot} // '-'));
            push @found, "$id is $had in slot $slot, not $wanted" if $had ne $wanted;
            push @found, "$id has other items in slot $slot"
                if $hold && $hold->{version} && $hold->{body} ne _hold($first, $slot);
        }
    }
    for my $slot (sort keys %{ $redis->{holds} }) {
        my $holds = $redis->{holds}{$slot};
        push @found, map { "$_ is no order, and $holds->{$_}{state} in slot $slot" }
            grep { !$of_order{$slot}{$_} && $holds->{$_}{state} ne 'FREED' } sort keys %$holds;
    }
    return @found;
}

# The hold of a participant, as the slot remembers it.
sub _hold {
    my ($event, $slot) = @_;
    return qq({"buyer_id":"$event->{value}{buyer_id}","items":[)
        . join(',', map { qq({"sku":"$_->{sku}","quantity":$_->{quantity}}) }
            items_of($event, $slot)) . ']}';
}

1;
