package Trade::History::Stock;

# Of the checker (Trade::History::Check): the units sold, in the order of each
# slot's versions, and the stock that Redis has in the end.

use strict;
use warnings;

use Exporter 'import';
use JSON::PP;
use List::Util qw(max min uniq);
use Trade::History::Order qw(ended items_of);

our @EXPORT_OK = qw(balance stock);

# The events that took a version of a slot, in their order: [version, event],
# where the event is undef for a hold that was given up.  After a loss it may be
# a hold that was sold before, of an order that is lost.
sub _versions {
    my ($run) = @_;
    my ($redis, %slots) = ($run->{redis});
    my $loss = grep { $_->{f} } values %{ $redis->{slots} };
    for my $e (values %{ $run->{events} }) {
        push @{ $slots{$_} }, [$e->{versions}{$_}, $e] for keys %{ $e->{versions} };
    }
    for my $slot (keys %{ $redis->{holds} }) {
        my $holds = $redis->{holds}{$slot};
        push @{ $slots{$slot} }, [$holds->{$_}{version}, $loss ? {
            kind => 'hold', headers => { ce_time => '9' },
            value => decode_json($holds->{$_}{body}) } : ()]
            for grep { $holds->{$_}{version} && $holds->{$_}{state} eq 'FREED'
                && !$run->{orders}{$_} } keys %$holds;
    }
    @$_ = sort { $a->[0] <=> $b->[0] } @$_ for values %slots;
    return \%slots;
}

# The events of a slot, by the versions that its scripts gave them, sell no unit
# that there is not; no version is given twice, or missing unless the slot was
# opened after a loss; each change of stock says what there was after it.
sub stock {
    my ($run) = @_;
    my ($slots, @found) = (_versions($run));
    for my $slot (sort keys %$slots) {
        my ($opened, $last) = ($run->{redis}{slots}{$slot}{f}, 0);
        for my $version (map { $_->[0] } @{ $slots->{$slot} }) {
            push @found, "slot $slot: version $last is followed by $version"
                if $opened ? $version <= $last : $version != $last + 1;
            $last = $version;
        }
        push @found, _sold($run, $slot, $opened, map { $_->[1] // () } @{ $slots->{$slot} });
    }
    return @found;
}

# `left` is what may be available at most: units go back at some time after the
# order's end, of which only home has a version.  So many of them may still be
# `away` when a change of stock says what there is; so may what carts hold.
sub _sold {
    my ($run, $slot, $opened, @events) = @_;
    my (@found, %left, %away, %total);
    my @back = _back($run, $slot, @events);
    my $until = _until(@events);
    my $return = sub {
        $_->{quantity} && ($left{ $_->{sku} } += $_->{quantity},
            $away{ $_->{sku} } += $_->{quantity}) for @_;
    };
    for my $i (0 .. $#events) {
        my ($e, $v) = ($events[$i], $events[$i]{value});
        $return->(@{ (shift @back)->[1] }) while @back && $back[0][0] le $until->[$i];
        if ($e->{kind} eq 'stock') {
            my ($sku, $held) = ($v->{sku}, $v->{held} // 0);
            $left{$sku} += $v->{total} - ($total{$sku} // 0);
            $total{$sku} = $v->{total};
            my ($left, $away) = ($left{$sku}, $away{$sku} // 0);
            push @found, "$sku: $v->{available} available and $held held at version "
                . "$e->{versions}{$slot}, not $left, of which $away may be on their way back"
                if !$opened && ($v->{available} > $left
                    || $v->{available} + $held < $left - $away);
            $away{$sku} = max(0, min($away, $left - $v->{available}));
        } elsif ($e->{kind} eq 'hold') {
            $away{ $_->{sku} } += $_->{quantity} for @{ $v->{items} };
        } elsif (ended([$e])) {
            $return->(items_of($e, $slot));
        } elsif ($e->{seq} == 1) {
            for (items_of($e, $slot)) {
                my $left = $left{ $_->{sku} } -= $_->{quantity};
                push @found, "$_->{sku}: sold " . -$left . ' more than there are, '
                    . "with $e->{id}" if $left < 0;
            }
        }
    }
    return @found;
}

# The units that go back in a slot by the end of orders whose home is another:
# [time, items], by time.
sub _back {
    my ($run, $slot, @events) = @_;
    return sort { $a->[0] cmp $b->[0] } map {
        my $end = ended($run->{orders}{ $_->{id} });
        $end ? [$end->{headers}{ce_time}, [items_of($_, $slot)]] : ();
    } grep { $_->{kind} eq 'order' && $_->{slot} ne $slot } @events;
}

# When each of a slot's events was made at the latest: a cart says only when it
# was placed at home, and that is after its items were held here.
sub _until {
    my (@events) = @_;
    my ($until, @until) = ('9');
    for my $e (reverse @events) {
        $until = $e->{headers}{ce_time} if $e->{headers}{ce_time} lt $until;
        unshift @until, $until;
    }
    return \@until;
}

# Redis has the orders, stock, versions and buyers' shares of the topic; the
# records of changes of stock too, unless the slot was opened after a loss.
sub balance {
    my ($run) = @_;
    my ($redis, $events) = @$run{qw(redis events)};
    my (@found, %sold, %bought, %stock, %records);
    my %known = map { $_->{id} => 1 } values %$events;
    for my $e (grep { $_->{kind} eq 'stock' } values %$events) {
        my ($sku, $version) = ($e->{value}{sku}, $e->{versions}{ $e->{slot} });
        $stock{$sku} = [$version, $e->{value}{total}] if $version > ($stock{$sku}[0] // 0);
        $records{ $e->{id} } = 1 unless $redis->{slots}{ $e->{slot} }{f};
    }
    for my $id (keys %{ $run->{orders} }) {
        my $order = $run->{orders}{$id};
        $records{$id} = 1;
        for (ended($order) ? () : @{ $order->[0]{value}{items} || [] }) {
            $sold{ $_->{sku} } += $_->{quantity};
            $bought{ $_->{sku} }{ $order->[0]{value}{buyer_id} } += $_->{quantity};
        }
    }
    push @found, map { "$_ is in Redis and not in the topic" }
        grep { !$known{$_} && $redis->{orders}{$_}{state} ne 'REFUSED' }
        keys %{ $redis->{orders} };
    push @found, map { "$_ is in the topic and not in Redis" }
        grep { !$redis->{orders}{$_} || $redis->{orders}{$_}{state} eq 'REFUSED' }
        keys %records;
    my %field = map { %$_ } values %{ $redis->{slots} };
    for my $sku (sort keys %stock) {
        my ($total, $available, $held) = map { $_ // 0 }
            @field{ map { "$_|$sku" } qw(total available held) };
        my $sold = $sold{$sku} // 0;
        push @found, "$sku: $total are not $available available, $held held and "
            . "$sold sold" if $total != $available + $held + $sold;
        push @found, "$sku: $held are held" if $held;
        push @found, "$sku: total is $total, by the topic $stock{$sku}[1]"
            if $total != $stock{$sku}[1];
        my ($by_topic, $by_redis) = map { $_->{$sku} // {} } \%bought, $redis->{bought};
        push @found, map { sprintf '%s: %s has bought %d, by the topic %d', $sku, $_,
            $by_redis->{$_} // 0, $by_topic->{$_} // 0 }
            grep { ($by_redis->{$_} // 0) != ($by_topic->{$_} // 0) }
            sort(uniq(keys %$by_topic, keys %$by_redis));
    }
    return @found, _slots($run);
}

# Each slot is at the last version that was given, and open.
sub _slots {
    my ($run) = @_;
    my ($slots, @found) = (_versions($run));
    for my $slot (sort keys %$slots) {
        my ($v, $c, $opened) = map { $_ // '' } @{ $run->{redis}{slots}{$slot} }{qw(v c f)};
        my $version = $slots->{$slot}[-1][0];
        push @found, "slot $slot is at version $v, by the topic $version"
            if $opened ? $v < $version : $v ne $version;
        push @found, "slot $slot is closed: $c" if $c ne '';
    }
    return @found;
}

1;
