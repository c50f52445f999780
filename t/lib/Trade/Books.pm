package Trade::Books;

# The checker: joins what the buyers saw, the topic and Redis, and says what
# does not agree.  docs/faults.md has the invariants in words.
#
#   my %found = check($run);            a run as Trade::History reads it
#
# gives each invariant by its name the list of its violations, in words.

use strict;
use warnings;

use Exporter 'import';
use List::Util qw(min sum0 uniq);

our @EXPORT_OK = qw(check figures invariants);

our $BOUND = 5;                 # seconds, of an answer: trade_timeout and some

# Windows in which a buyer may wait as long as they last.
my %STALLS = map { $_ => 1 } qw(nginx-worker-stop);

# Windows in which nginx itself may answer, with what is no problem document.
my %OTHER = ('disk-nginx' => 500);

my @invariants = (
    published => \&published, once => \&once, payload => \&payload,
    refused => \&refused, replayed => \&replayed, stock => \&stock, books => \&books, due => \&due,
    answered => \&answered, open => \&opened, effect => \&effect,
);

sub invariants { my %h = @invariants; return grep { $h{$_} } @invariants }

sub check {
    my ($run) = @_;
    _join($run);
    my ($i, %found) = (0);
    while ($i < @invariants) {
        my ($name, $code) = @invariants[$i++, $i++];
        $found{$name} = [$code->($run)];
    }
    return %found;
}

# Adds events: "id.seq" => record, copies left out, with slot, version, kind.
sub _join {
    my ($run) = @_;
    my %events;
    for my $r (@{ $run->{records} }) {
        my $h = $r->{headers};
        my $event = $events{ $h->{ce_id} // '' } //= { %$r,
            kind => ($h->{ce_type} // '') =~ /^trade\.(order|stock)/ ? $1 : '?',
            copies => [] };
        @$event{qw(slot version)} = split /=/, $h->{trade_versions} // '';
        $event->{id} = ($h->{ce_id} // '') =~ s/\.\d+$//r;
        push @{ $event->{copies} }, $r;
    }
    $run->{events} = \%events;
    $run->{of_wish} = {};
    for my $e (grep { $_->{kind} eq 'order' } values %events) {
        my $wish = $e->{value}{metadata}{wish} // '?';
        push @{ $run->{of_wish}{$wish} }, $e;
    }
}

# Every 201 and 202, and every change of stock, is in the topic.
sub published {
    my ($run) = @_;
    return map { "$_->{id}, answered $_->{how}, is not in the topic" }
        grep { ($_->{how} // '') =~ /^20[012]$/ && !$run->{events}{"$_->{id}.1"} }
        @{ $run->{attempts} };
}

# Copies are equal; a wish, and a key, have one order; and all are told of it.
sub once {
    my ($run) = @_;
    my @found;
    for my $e (values %{ $run->{events} }) {
        push @found, "$e->{id} has copies that differ" if uniq(map {
            my $h = $_->{headers};
            join "\0", $_->{key}, $_->{payload}, map { "$_=$h->{$_}" } sort keys %$h
        } @{ $e->{copies} }) > 1;
    }
    my %of_key;
    for my $wish (values %{ $run->{wishes} }) {
        my @ids = uniq(map({ $_->{id} } @{ $run->{of_wish}{ $wish->{number} } || [] }),
            map({ $_->{id} } grep { ($_->{how} // '') =~ /^20/ } @{ $wish->{attempts} }));
        my $key = $wish->{key} // "wish $wish->{number}";
        $of_key{$key}{$_} = 1 for @ids;
    }
    for my $key (sort keys %of_key) {
        my @ids = sort keys %{ $of_key{$key} };
        push @found, "key $key has the orders @ids" if @ids > 1;
    }
    return @found;
}

# Nothing is in the topic but what was wanted, as it was wanted.
sub payload {
    my ($run) = @_;
    my (@found, %changes);
    for my $e (values %{ $run->{events} }) {
        if ($e->{kind} eq 'stock') {
            push @{ $changes{ $e->{key} } }, $e;
            next;
        }
        my $wish = $run->{wishes}{ $e->{value}{metadata}{wish} // '?' };
        if (!$wish || $wish->{kind} ne 'order') {
            push @found, "$e->{id} was not asked for";
            next;
        }
        push @found, "$e->{id} is not what was asked for"
            if $e->{payload} ne _payload($wish, $e) || $e->{key} ne $e->{id}
            || $e->{headers}{ce_subject} ne $e->{id};
    }
    my %asked;
    $asked{ $_->{items}[0][0] }++
        for grep { $_->{kind} eq 'stock' } values %{ $run->{wishes} };
    for my $sku (sort keys %changes) {
        my ($n, $asked) = (scalar @{ $changes{$sku} }, 1 + ($asked{$sku} // 0));
        push @found, "$sku was changed $n times, asked for $asked times"
            if $n > $asked;
    }
    return @found;
}

sub _payload {
    my ($wish, $event) = @_;
    my $items = join ',', map { qq({"sku":"$_->[0]","quantity":$_->[1]}) }
        @{ $wish->{items} };
    my $pad = $wish->{pad} ? ',"pad":"' . 'x' x $wish->{pad} . '"' : '';
    return qq({"order_id":"$event->{id}","created_at":"$event->{headers}{ce_time}",)
        . qq("buyer_id":"$wish->{buyer}","items":[$items],)
        . qq("metadata":{"wish":$wish->{number}$pad}});
}

# Whether an attempt has surely come to nothing.
sub _refused {
    my ($a) = @_;
    my $how = $a->{how} // return 0;
    return $how eq 'refused' || ($how =~ /^[45]/ && ($a->{outcome} // '') eq 'none');
}

# A wish of which each attempt was refused for sure has no order.
sub refused {
    my ($run) = @_;
    my @found;
    for my $wish (values %{ $run->{wishes} }) {
        my ($event) = @{ $run->{of_wish}{ $wish->{number} } || [] };
        push @found, "wish $wish->{number} was refused, and has $event->{id}"
            if $event && !grep { !_refused($_) } @{ $wish->{attempts} };
    }
    return @found;
}

# Who was told of an order is told so again, whatever has sold out since.
sub replayed {
    my ($run) = @_;
    my @found;
    for my $wish (grep { defined $_->{key} } values %{ $run->{wishes} }) {
        my $told = min map { $_->{end} } grep { ($_->{how} // '') =~ /^20/ }
            @{ $wish->{attempts} };
        push @found, map { "wish $wish->{number} was told of an order, then $_->{how}" }
            grep { $told && $_->{begun} > $told && ($_->{how} // '') =~ /^4/ }
            @{ $wish->{attempts} };
    }
    return @found;
}

# The events of a slot, by the versions that its script gave them, sell no unit
# that there is not; no version is given twice, or missing unless the slot was
# opened after a loss; each change of stock says what there was after it.
sub stock {
    my ($run) = @_;
    my (@found, %slots);
    push @{ $slots{ $_->{slot} } }, $_ for values %{ $run->{events} };
    for my $slot (sort keys %slots) {
        my $opened = $run->{redis}{slots}{$slot}{f};
        my ($last, %left, %total) = (0);
        for my $e (sort { $a->{version} <=> $b->{version} } @{ $slots{$slot} }) {
            push @found, "slot $slot: version $last is followed by $e->{version}"
                if $opened ? $e->{version} <= $last : $e->{version} != $last + 1;
            $last = $e->{version};
            my $v = $e->{value};
            if ($e->{kind} eq 'stock') {
                my $sku = $v->{sku};
                $left{$sku} += $v->{total} - ($total{$sku} // 0);
                $total{$sku} = $v->{total};
                push @found, "$sku: $v->{available} available at version "
                    . "$e->{version}, not $left{$sku}"
                    if $left{$sku} != $v->{available} && !$opened;
                next;
            }
            for (@{ $v->{items} }) {
                my $left = $left{ $_->{sku} } -= $_->{quantity};
                push @found, "$_->{sku}: sold " . -$left . ' more than there are, '
                    . "with $e->{id}" if $left < 0;
            }
        }
    }
    return @found;
}

# Redis has the orders, stock, versions and buyers' shares of the topic; the
# records of changes of stock too, unless the slot was opened after a loss.
sub books {
    my ($run) = @_;
    my ($redis, $events) = @$run{qw(redis events)};
    my (@found, %sold, %bought, %stock, %version, %records);
    my %known = map { $_->{id} => 1 } values %$events;
    for my $e (values %$events) {
        my $v = $e->{value};
        $version{ $e->{slot} } = $e->{version}
            if $e->{version} > ($version{ $e->{slot} } // 0);
        $records{ $e->{id} } = 1
            unless $e->{kind} eq 'stock' && $redis->{slots}{ $e->{slot} }{f};
        if ($e->{kind} eq 'stock') {
            $stock{ $v->{sku} } = $e
                if $e->{version} > ($stock{ $v->{sku} }{version} // 0);
            next;
        }
        for (@{ $v->{items} }) {
            $sold{ $_->{sku} } += $_->{quantity};
            $bought{ $_->{sku} }{ $v->{buyer_id} } += $_->{quantity};
        }
    }
    push @found, map { "$_ is in Redis and not in the topic" }
        grep { !$known{$_} } keys %{ $redis->{orders} };
    push @found, map { "$_ is in the topic and not in Redis" }
        grep { !$redis->{orders}{$_} } keys %records;
    my %field = map { %$_ } values %{ $redis->{slots} };
    for my $sku (sort keys %stock) {
        my ($total, $available, $held) = map { $_ // 0 }
            @field{ map { "$_|$sku" } qw(total available held) };
        my $sold = $sold{$sku} // 0;
        push @found, "$sku: $total are not $available available, $held held and "
            . "$sold sold" if $total != $available + $held + $sold;
        push @found, "$sku: total is $total, by the topic $stock{$sku}{value}{total}"
            if $total != $stock{$sku}{value}{total};
        my ($by_topic, $by_redis) = map { join ' ', map { my $h = $_;
            map { "$_=$h->{$_}" } sort keys %$h } $_ // {} }
            $bought{$sku}, $redis->{bought}{$sku};
        push @found, "$sku: who bought it differs" if $by_topic ne $by_redis;
    }
    for my $slot (sort keys %version) {
        my ($v, $c, $opened) = map { $_ // '' } @{ $redis->{slots}{$slot} }{qw(v c f)};
        push @found, "slot $slot is at version $v, by the topic $version{$slot}"
            if $opened ? $v < $version{$slot} : $v ne $version{$slot};
        push @found, "slot $slot is closed: $c" if $c ne '';
    }
    return @found;
}

# When all was well for a while nothing is late, and in the end nothing is due.
sub due {
    my ($run) = @_;
    return map({ map { "$_ is late" } @{ $_->{late} || [] } } @{ $run->{windows} }),
        map({ "$_ is due" } sort keys %{ $run->{redis}{due} });
}

# Each attempt is answered, or closed, in time, and with what buyers understand.
sub answered {
    my ($run) = @_;
    my @found;
    for my $a (@{ $run->{attempts} }) {
        my ($n, $how) = ($a->{wish}{number}, $a->{how});
        if (!defined $how) {
            push @found, "wish $n has no end";
            next;
        }
        my @windows = grep { $_->{begin} < $a->{end} && $_->{end} + 1 > $a->{begun} }
            @{ $run->{windows} };
        my $bound = $BOUND + sum0 map { my $w = $_;
            grep({ $STALLS{$_} } @{ $w->{names} }) ? $w->{end} - $w->{begin} : 0 } @windows;
        push @found, "wish $n: $how after $a->{took} s" if $a->{took} > $bound;
        my $other = $how eq 'garbled' || ($how =~ /^[345]/ && !defined $a->{outcome}
            && !grep { $how eq ($OTHER{$_} // '') } map { @{ $_->{names} } } @windows);
        push @found, "wish $n: $how is no answer" if $other;
    }
    return @found;
}

# After each window it sells again.
sub opened {
    my ($run) = @_;
    return map { "nothing is sold after a window (@{ $_->{names} })" }
        grep { !$_->{open} } @{ $run->{windows} };
}

# A run in which a nemesis had no effect proves nothing.
sub effect {
    my ($run) = @_;
    my @found;
    for my $w (@{ $run->{windows} }) {
        push @found, map { "$w->{names}[$_] had no effect" }
            grep { !$w->{evidence}[$_] } 0 .. $#{ $w->{names} };
    }
    return @found;
}

# What a run was made of: a list of [name, number].
sub figures {
    my ($run) = @_;
    my %n;
    for my $a (@{ $run->{attempts} }) {
        $n{ join ' ', grep { defined } @$a{qw(how problem)} }++;
    }
    my @wishes = values %{ $run->{wishes} };
    my $wanted = sum0 map { $_->[1] } map { @{ $_->{items} } }
        grep { $_->{kind} eq 'order' } @wishes;
    my %total = map { %$_ } values %{ $run->{redis}{slots} };
    my $stock = sum0 map { $total{$_} } grep { /^total/ } keys %total;
    return (['attempts', scalar @{ $run->{attempts} }],
        ['repeated', @{ $run->{attempts} } - @wishes],
        ['units wanted', $wanted], ['units of stock', $stock],
        ['records', scalar @{ $run->{records} }],
        ['copies', @{ $run->{records} } - keys %{ $run->{events} }],
        ['windows', scalar @{ $run->{windows} }],
        map { ["answer $_", $n{$_}] } sort keys %n);
}

1;
